import type { Question } from "@agent-sdk/core";
import { sleep } from "@agent-sdk/core";
import { script } from "@agent-sdk/scripted-agent";
import { describe, expect, it } from "vitest";
import type { SessionPool } from "../src/index.ts";
import { RealPool, ended, newSession, own, said, stored, text } from "./support/real-pool.ts";

/** Waits until so many questions are open. */
async function asked(subject: RealPool, pool: SessionPool, sessionId: string, count = 1): Promise<readonly Question[]> {
  for (;;) {
    const open = await pool.permissions("default", sessionId, { status: "open", limit: 1000 });
    if (open.length >= count) return open;
    await sleep(subject.env, 10);
  }
}

async function settled(subject: RealPool, sessionId: string, questionId: string): Promise<Question> {
  for (;;) {
    const question = await subject.store.questions.get(sessionId, questionId);
    if (question?.settledAt) return question;
    await sleep(subject.env, 10);
  }
}

const yes = { type: "option", optionId: "yes" } as const;
const no = { type: "option", optionId: "no" } as const;

describe("a session that asks", () => {
  it("keeps its agent waiting for an answer, which is stored, told and then handed over, once", async () => {
    await using subject = await RealPool.create();
    const pool = await subject.start({ reaperIdleMs: 200 });
    const { id } = await newSession(pool, { permissions: "ask" });
    const { rpcId } = await pool.message("default", id, { content: text(script.ask({ title: "Do it", kind: "edit" })) });
    const [question] = await asked(subject, pool, id);
    expect(question).toMatchObject({ kind: "permission", state: "open", rpcId, params: { toolCall: { title: "Do it", kind: "edit" } }, expiresAt: null });
    expect(await pool.status("default", id)).toMatchObject({ pendingPermissions: 1, activePrompt: { rpcId }, idleSeconds: 0 });
    // Longer than what is idle is let live: a turn that waits for somebody is at work.
    await sleep(subject.env, 600);
    expect((await pool.sandbox("default", id)).status).toBe("running");

    const requestId = question?.id ?? "";
    await expect(pool.answerPermission("default", id, requestId, { type: "option", optionId: "maybe" })).rejects.toMatchObject({
      code: "bad_request",
      details: { field: "option_id", offered: ["yes", "always", "no", "never"] },
    });
    await expect(pool.answerPermission("other", id, requestId, yes)).rejects.toMatchObject({ code: "not_found" });
    await expect(pool.answerPermission("default", id, "no-such-question", yes)).rejects.toMatchObject({ code: "not_found" });
    expect(await pool.answerPermission("default", id, requestId, yes, { caller: "somebody" })).toMatchObject({ state: "answered" });
    await expect(pool.answerPermission("default", id, requestId, no)).rejects.toMatchObject({ code: "conflict", details: { outcome: { option_id: "yes" } } });
    expect(await ended(subject, id, rpcId)).toMatchObject({ state: "done" });
    expect(await settled(subject, id, requestId)).toMatchObject({ state: "delivered", verdict: { decidedBy: "caller", caller: "somebody" } });

    const events = await stored(subject, id);
    expect(said(events, rpcId)).toBe("permission: selected yes (allow_once)");
    expect(own(events, "permission_requested")).toMatchObject([{ request_id: requestId, tool_call: { title: "Do it" }, options: [{ option_id: "yes" }, {}, {}, {}] }]);
    expect(own(events, "permission_resolved")).toMatchObject([
      { request_id: requestId, outcome: { outcome: "selected", option_id: "yes" }, option_kind: "allow_once", policy: null, answered_by: "somebody", answered_at: expect.stringMatching(/Z$/) },
    ]);
    const names = events.filter((event) => event.rpcId === rpcId).map((event) => (JSON.parse(event.message) as { method?: string }).method ?? "terminal");
    expect(names.slice(-5)).toEqual(["session/request_permission", "_agent_sdk/permission_requested", "_agent_sdk/permission_resolved", "session/update", "terminal"]);
  });

  it("answers several questions at once, each by its own answer", async () => {
    await using subject = await RealPool.create();
    const pool = await subject.start();
    const { id } = await newSession(pool, { permissions: "ask" });
    const { rpcId } = await pool.message("default", id, { content: text(script.ask({ count: 3 })) });
    const [first, second, third] = await asked(subject, pool, id, 3);
    await Promise.all([
      pool.answerPermission("default", id, third?.id ?? "", { type: "cancelled" }),
      pool.answerPermission("default", id, first?.id ?? "", no),
      pool.answerPermission("default", id, second?.id ?? "", yes),
    ]);
    await ended(subject, id, rpcId);
    expect(said(await stored(subject, id), rpcId)).toBe("permission: selected no (reject_once)permission: selected yes (allow_once)permission: cancelled");
  });

  it("takes answers on any replica, and hands them over after the owner went away", async () => {
    await using subject = await RealPool.create();
    const first = await subject.start();
    const { id } = await newSession(first, { permissions: "ask" });
    const { rpcId } = await first.message("default", id, { content: text(script.lines(script.ask(), script.ask())) });
    const [question] = await asked(subject, first, id);
    const second = await subject.start();
    // The owner is the first: the second only writes the row.
    await second.answerPermission("default", id, question?.id ?? "", yes);
    await settled(subject, id, question?.id ?? "");
    const [again] = await asked(subject, second, id);
    await first.stop();
    await second.answerPermission("default", id, again?.id ?? "", no);
    expect(await ended(subject, id, rpcId)).toMatchObject({ state: "done", attempt: 1 });
    expect(said(await stored(subject, id), rpcId)).toBe("permission: selected yes (allow_once)permission: selected no (reject_once)");
  });

  it("cancels its questions before its prompt: an agent that waits for the answer ends by itself", async () => {
    await using subject = await RealPool.create();
    const pool = await subject.start({ cancelGraceMs: 20_000 });
    const { id } = await newSession(pool, { permissions: "ask" });
    const { rpcId } = await pool.message("default", id, { content: text(script.ask({ ignoreCancel: true })) });
    const [question] = await asked(subject, pool, id);
    await pool.cancel("default", id);
    expect(await ended(subject, id, rpcId)).toMatchObject({ state: "cancelled" });
    expect(await settled(subject, id, question?.id ?? "")).toMatchObject({ state: "delivered", verdict: { decidedBy: "prompt_cancelled" } });
    const events = await stored(subject, id);
    expect(own(events, "permission_resolved")).toMatchObject([{ outcome: { outcome: "cancelled" }, policy: "prompt_cancelled" }]);
    const after = await pool.message("default", id, { content: text("again") });
    await ended(subject, id, after.rpcId);
    // The same process: nothing had to be ended.
    expect(own(await stored(subject, id), "restored")).toEqual([]);
    await expect(pool.answerPermission("default", id, question?.id ?? "", yes)).rejects.toMatchObject({ code: "conflict", details: { policy: "prompt_cancelled" } });
  });

  it("ends a question with the agent that asked it, before the prompt's end, or before it is driven once more", async () => {
    await using subject = await RealPool.create();
    const pool = await subject.start();
    const { id } = await newSession(pool, { permissions: "ask" });
    const { rpcId } = await pool.message("default", id, { content: text(script.ask()), onSandboxLoss: "retry" });
    const [first] = await asked(subject, pool, id);
    await subject.killAgents();
    const second = await untilOther(subject, pool, id, first);
    expect(await subject.store.questions.get(id, first?.id ?? "")).toMatchObject({ state: "lost", verdict: { decidedBy: "agent_lost" } });
    await expect(pool.answerPermission("default", id, first?.id ?? "", yes)).rejects.toMatchObject({ code: "conflict", details: { status: "lost" } });
    await subject.killAgents();
    expect(await ended(subject, id, rpcId)).toMatchObject({ state: "failed", attempt: 2 });
    const events = await stored(subject, id);
    expect(own(events, "permission_resolved")).toMatchObject([first, second].map((question) => ({ request_id: question?.id, policy: "agent_lost" })));
    const methods = events.filter((event) => event.rpcId === rpcId).map((event) => (JSON.parse(event.message) as { method?: string }).method ?? "terminal");
    expect(methods.at(-1)).toBe("terminal");
    expect(await subject.store.questions.countOpen(id)).toBe(0);
  });

  it("cancels the prompt and its question when the sandbox is released", async () => {
    await using subject = await RealPool.create();
    const pool = await subject.start();
    const { id } = await newSession(pool, { permissions: "ask" });
    const { rpcId } = await pool.message("default", id, { content: text(script.ask()) });
    await asked(subject, pool, id);
    await pool.release("default", id);
    expect(await ended(subject, id, rpcId)).toMatchObject({ state: "cancelled" });
    expect(await pool.permissions("default", id, { status: "open", limit: 10 })).toEqual([]);
  });

  it("answers by refusing what nobody answered in time, and says so", async () => {
    await using subject = await RealPool.create();
    const pool = await subject.start({ permissionTimeoutMs: 60_000 });
    const { id } = await newSession(pool, { permissions: "ask", limits: { permissionTimeoutMs: 300 } });
    const { rpcId } = await pool.message("default", id, { content: text(script.lines(script.ask(), script.elicit())) });
    expect(await ended(subject, id, rpcId)).toMatchObject({ state: "done" });
    const events = await stored(subject, id);
    expect(said(events, rpcId)).toBe("permission: selected no (reject_once)elicitation: cancel");
    expect(own(events, "permission_resolved")).toMatchObject([{ policy: "timeout", option_kind: "reject_once" }, { policy: "timeout", action: "cancel" }]);
  });

  it("closes a question that the agent takes back", async () => {
    await using subject = await RealPool.create();
    const pool = await subject.start();
    const { id } = await newSession(pool, { permissions: "ask" });
    const { rpcId } = await pool.message("default", id, { content: text(script.ask({ withdrawMs: 50 })) });
    await ended(subject, id, rpcId);
    const events = await stored(subject, id);
    expect(said(events, rpcId)).toBe("permission: cancelled");
    expect(own(events, "permission_resolved")).toMatchObject([{ policy: "withdrawn" }]);
  });

  it("does not keep more questions open than there may be", async () => {
    await using subject = await RealPool.create();
    const pool = await subject.start();
    const { id } = await newSession(pool, { permissions: "ask" });
    await pool.message("default", id, { content: text(script.ask({ count: 102 })) });
    await asked(subject, pool, id, 100);
    for (;;) {
      const refused = own(await stored(subject, id), "permission_resolved");
      if (refused.length === 2) return expect(refused).toMatchObject([{ policy: "too_many" }, { policy: "too_many" }]);
      await sleep(subject.env, 10);
    }
  });
});

async function untilOther(subject: RealPool, pool: SessionPool, id: string, than: Question | undefined): Promise<Question | undefined> {
  for (;;) {
    const [question] = await asked(subject, pool, id);
    if (question?.id !== than?.id) return question;
    await sleep(subject.env, 10);
  }
}

describe("rules", () => {
  it("decide by kind, path and command, the first that matches", async () => {
    await using subject = await RealPool.create();
    const pool = await subject.start();
    const { id } = await newSession(pool, {
      permissions: [
        { path: "secrets/**", action: "deny" },
        { toolKind: "edit", path: "src/**", action: "allow" },
        { toolKind: "execute", command: "npm test*", action: "allow" },
        { action: "deny" },
      ],
    });
    const lines = [
      script.ask({ kind: "edit", path: "src/a.ts" }),
      script.ask({ kind: "edit", path: "src/a.ts", partial: true }),
      script.ask({ kind: "edit", path: "src/../secrets/key" }),
      script.ask({ kind: "edit", path: "src/../../elsewhere" }),
      script.ask({ kind: "read", path: "src/a.ts" }),
      script.ask({ command: "npm test -- --watch=false" }),
      script.ask({ command: "npm test; rm -rf /" }),
    ];
    const { rpcId } = await pool.message("default", id, { content: text(script.lines(...lines)) });
    await ended(subject, id, rpcId);
    const events = await stored(subject, id);
    expect(own(events, "permission_resolved").map(({ policy, rule }) => [policy, rule])).toEqual([["allow", 1], ["allow", 1], ["deny", 0], ["deny", 3], ["deny", 3], ["allow", 2], ["deny", 3]]);
  });

  it("ask somebody about what they say is to be asked, and allow in a sandbox that is none of theirs", async () => {
    await using subject = await RealPool.create();
    const pool = await subject.start();
    const { id } = await newSession(pool, { permissions: [{ toolKind: "delete", action: "ask" }] });
    const { rpcId } = await pool.message("default", id, { content: text(script.lines(script.ask({ kind: "edit" }), script.ask({ kind: "delete" }))) });
    const [question] = await asked(subject, pool, id);
    await pool.answerPermission("default", id, question?.id ?? "", no);
    await ended(subject, id, rpcId);
    expect(own(await stored(subject, id), "permission_resolved").map(({ policy, option_kind }) => [policy, option_kind])).toEqual([["allow", "allow_once"], [null, "reject_once"]]);
  });

  it("are the server's for sessions that have none", async () => {
    await using subject = await RealPool.create();
    const pool = await subject.start({ defaultPermissions: "deny" });
    const { id } = await newSession(pool);
    const { rpcId } = await pool.message("default", id, { content: text(script.ask()) });
    await ended(subject, id, rpcId);
    expect(own(await stored(subject, id), "permission_resolved")).toMatchObject([{ policy: "deny", option_kind: "reject_once" }]);
  });
});

describe("elicitation", () => {
  const schema = { type: "object", properties: { name: { type: "string", minLength: 2 }, count: { type: "integer", maximum: 3 } }, required: ["name"] };

  it("has a form filled in, checked against what was asked for", async () => {
    await using subject = await RealPool.create();
    const pool = await subject.start();
    const { id } = await newSession(pool, { permissions: "ask" });
    const { rpcId } = await pool.message("default", id, { content: text(script.elicit({ message: "Your name?", schema })) });
    const [question] = await asked(subject, pool, id);
    expect(question).toMatchObject({ kind: "elicitation", params: { mode: "form", message: "Your name?", requestedSchema: schema } });
    const answer = (content: Record<string, string | number>): Promise<Question> => pool.answerPermission("default", id, question?.id ?? "", { type: "action", action: "accept", content });
    await expect(answer({ count: 1 })).rejects.toMatchObject({ code: "bad_request", details: { field: "content.name" } });
    await expect(answer({ name: "ab", count: 4 })).rejects.toMatchObject({ code: "bad_request", details: { field: "content.count" } });
    await expect(answer({ name: "ab", more: 4 })).rejects.toMatchObject({ code: "bad_request", details: { field: "content.more" } });
    await expect(pool.answerPermission("default", id, question?.id ?? "", yes)).rejects.toMatchObject({ code: "bad_request", details: { offered: ["accept", "decline", "cancel"] } });
    await answer({ name: "Ada", count: 3 });
    await ended(subject, id, rpcId);
    const events = await stored(subject, id);
    expect(said(events, rpcId)).toBe('elicitation: accept {"name":"Ada","count":3}');
    const [resolved] = own(events, "permission_resolved");
    expect(resolved).toMatchObject({ kind: "elicitation", action: "accept", policy: null });
    // What was filled in is the agent's alone.
    expect(JSON.stringify(resolved)).not.toContain("Ada");
  });

  it("sends somebody to an address, and knows when the agent says that it is done", async () => {
    await using subject = await RealPool.create();
    const pool = await subject.start();
    const { id } = await newSession(pool, { permissions: "ask" });
    const declined = await pool.message("default", id, { content: text(script.elicit({ url: "https://example.org/login" })) });
    const [question] = await asked(subject, pool, id);
    expect(question?.params).toMatchObject({ mode: "url", url: "https://example.org/login" });
    await pool.answerPermission("default", id, question?.id ?? "", { type: "action", action: "decline", content: null });
    await ended(subject, id, declined.rpcId);
    const completed = await pool.message("default", id, { content: text(script.elicit({ url: "https://example.org/login", completeMs: 50 })) });
    await ended(subject, id, completed.rpcId);
    const events = await stored(subject, id);
    expect([said(events, declined.rpcId), said(events, completed.rpcId)]).toEqual(["elicitation: decline", "elicitation: accept"]);
    expect(own(events, "permission_resolved")).toMatchObject([{ action: "decline", policy: null }, { action: "accept", policy: "completed" }]);
  });

  it.each([
    ["allow", "cancel"],
    ["deny", "decline"],
  ] as const)("is answered where nobody is asked, by the policy %s with %s", async (permissions, action) => {
    await using subject = await RealPool.create();
    const pool = await subject.start();
    const { id } = await newSession(pool, { permissions });
    const { rpcId } = await pool.message("default", id, { content: text(script.elicit({ schema })) });
    await ended(subject, id, rpcId);
    const events = await stored(subject, id);
    expect(said(events, rpcId)).toBe(`elicitation: ${action}`);
    expect(own(events, "permission_resolved")).toMatchObject([{ action, policy: permissions }]);
  });
});
