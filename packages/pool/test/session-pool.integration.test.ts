import { sleep } from "@agent-sdk/core";
import { readEmitted, script } from "@agent-sdk/scripted-agent";
import { describe, expect, it } from "vitest";
import { RealPool, ended, newSession, own, said, stored, text } from "./support/real-pool.ts";

describe("SessionPool with real sandboxes", () => {
  it("runs a prompt and stores the agent's own messages", async () => {
    await using subject = await RealPool.create();
    const pool = await subject.start();
    const session = await newSession(pool);
    expect(session.sandbox).toMatchObject({ phase: "running", agent: { ready: true } });
    const prompt = await pool.message("default", session.id, { content: text("hello") });
    expect(await ended(subject, session.id, prompt.rpcId)).toMatchObject({ state: "done", stopReason: "end_turn", attempt: 1 });
    const events = await stored(subject, session.id);
    expect(said(events, prompt.rpcId)).toBe("echo: hello");
    expect(events.map((event) => event.seq)).toEqual(events.map((_, index) => index + 1));
    expect(own(events, "restored")).toEqual([]);
  });

  it("keeps first in, first out, one at a time, and cancels by interrupt", async () => {
    await using subject = await RealPool.create();
    const pool = await subject.start();
    const session = await newSession(pool, { provision: false });
    const first = await pool.message("default", session.id, { content: text(script.hang()) });
    const second = await pool.message("default", session.id, { content: text("B") });
    const third = await pool.message("default", session.id, { content: text("C"), interrupt: true });
    for (const { rpcId } of [first, second, third]) await ended(subject, session.id, rpcId).catch(() => undefined);
    const prompts = await pool.prompts("default", session.id);
    expect(prompts.map((prompt) => [prompt.state, prompt.stopReason])).toEqual([
      ["cancelled", "cancelled"],
      ["done", "end_turn"],
      ["done", "end_turn"],
    ]);
    const log = await pool.log("default", session.id, { limit: 100 });
    expect(log.filter((row) => row.eventType === "turn_end").map((row) => row.payload["prompt_id"])).toEqual([first.rpcId, second.rpcId, third.rpcId]);
  });

  it("ends a prompt whose agent ignores the cancellation, and remembers afterwards", async () => {
    await using subject = await RealPool.create();
    const pool = await subject.start();
    const session = await newSession(pool);
    const before = await pool.message("default", session.id, { content: text("the first message") });
    await ended(subject, session.id, before.rpcId);
    const hanging = await pool.message("default", session.id, { content: text(script.hang({ ignoreCancel: true })) });
    while ((await subject.store.prompts.get(session.id, hanging.rpcId))?.state !== "running") await sleep(subject.env, 10);
    expect((await pool.cancel("default", session.id))?.rpcId).toBe(hanging.rpcId);
    expect(await ended(subject, session.id, hanging.rpcId)).toMatchObject({ state: "cancelled" });
    const after = await pool.message("default", session.id, { content: text(script.recall()) });
    expect(await ended(subject, session.id, after.rpcId)).toMatchObject({ state: "done" });
    expect(said(await stored(subject, session.id), after.rpcId)).toContain("the first message");
  });

  it("fails the prompt of an agent that dies, and the next message works and remembers", async () => {
    await using subject = await RealPool.create();
    const pool = await subject.start();
    const session = await newSession(pool);
    const before = await pool.message("default", session.id, { content: text("the first message") });
    await ended(subject, session.id, before.rpcId);
    const dying = await pool.message("default", session.id, { content: text(script.lines(script.emit({ count: 5 }), script.die({ code: 3 }))) });
    expect(await ended(subject, session.id, dying.rpcId)).toMatchObject({ state: "failed", error: { kind: "sandbox_process_died" } });
    const after = await pool.message("default", session.id, { content: text(script.recall()) });
    expect(await ended(subject, session.id, after.rpcId)).toMatchObject({ state: "done" });
    const events = await stored(subject, session.id);
    expect(said(events, after.rpcId)).toContain("the first message");
    expect(own(events, "restored")).toMatchObject([{ how: "resume" }]);
  });

  it("drives a prompt once more, and says so, when that was asked for", async () => {
    await using subject = await RealPool.create();
    const pool = await subject.start();
    const session = await newSession(pool);
    const dying = await pool.message("default", session.id, { content: text(script.die({ code: 3 })), onSandboxLoss: "retry" });
    expect(await ended(subject, session.id, dying.rpcId)).toMatchObject({ state: "failed", attempt: 2 });
    expect(own(await stored(subject, session.id), "sandbox_changed")).toMatchObject([{ rpc_id: dying.rpcId, retry: true, attempt: 2 }]);
  });

  it("hibernates, and comes back with its memory", async () => {
    await using subject = await RealPool.create();
    const pool = await subject.start();
    const session = await newSession(pool);
    await ended(subject, session.id, (await pool.message("default", session.id, { content: text("the first message") })).rpcId);
    const released = await pool.release("default", session.id);
    expect(released.sandbox).toMatchObject({ phase: "none", hibernated: true, agent: null });
    expect(await subject.sandboxes()).toEqual([]);
    expect(await pool.sandbox("default", session.id)).toMatchObject({ status: "hibernated" });
    const after = await pool.message("default", session.id, { content: text(script.recall()) });
    await ended(subject, session.id, after.rpcId);
    expect(said(await stored(subject, session.id), after.rpcId)).toContain("the first message");
  });

  it.each([
    ["load", "load"],
    ["", "replay"],
  ])("restores with the capabilities %j by %s, and says so", async (capabilities, how) => {
    await using subject = await RealPool.create();
    const pool = await subject.start();
    const session = await newSession(pool, { env: { SCRIPTED_AGENT_CAPABILITIES: capabilities } });
    await ended(subject, session.id, (await pool.message("default", session.id, { content: text("the first message") })).rpcId);
    const size = (await stored(subject, session.id)).length;
    await pool.release("default", session.id);
    const after = await pool.message("default", session.id, { content: text(script.recall()) });
    await ended(subject, session.id, after.rpcId);
    const events = await stored(subject, session.id);
    expect(own(events, "restored")).toMatchObject([{ how }]);
    expect(said(events, after.rpcId)).toContain("the first message");
    // The history that `load` repeats is in the stream once. Told as text, it is part of what the agent recalls.
    expect(said(events.slice(size)).includes("echo: the first message")).toBe(how === "replay");
  });

  it("reaps what is idle, and never what works", async () => {
    await using subject = await RealPool.create();
    const pool = await subject.start({ reaperIdleMs: 400 });
    const idle = await newSession(pool);
    const working = await newSession(pool);
    const prompt = await pool.message("default", working.id, { content: text(script.sleep(2000)) });
    while ((await pool.sandbox("default", idle.id)).status !== "hibernated") await sleep(subject.env, 50);
    expect((await pool.sandbox("default", working.id)).status).toBe("running");
    expect(await ended(subject, working.id, prompt.rpcId)).toMatchObject({ state: "done" });
  });

  it("hands a running turn to another replica when it drains, without a gap or a double", async () => {
    await using subject = await RealPool.create();
    const first = await subject.start();
    const session = await newSession(first);
    const prompt = await first.message("default", session.id, { content: text(script.emit({ count: 2000, ratePerSecond: 1500 })) });
    await sleep(subject.env, 400);
    const second = await subject.start();
    await first.stop();
    expect(await ended(subject, session.id, prompt.rpcId)).toMatchObject({ state: "done", attempt: 1 });
    const events = await stored(subject, session.id);
    const numbers = events.filter((event) => event.rpcId === prompt.rpcId).flatMap((event) => readEmitted(textOf(event.message))?.number ?? []);
    expect(numbers).toEqual(Array.from({ length: 2000 }, (_, index) => index + 1));
    expect(own(events, "restored")).toMatchObject([{ how: "reattach" }]);
    expect((await second.status("default", session.id)).owner).not.toBeNull();
  });

  it("deletes a session while its sandbox is being made, and leaks nothing", async () => {
    await using subject = await RealPool.create();
    const pool = await subject.start();
    for (const delay of [0, 10, 30, 60, 100]) {
      const session = await newSession(pool, { provision: false });
      await pool.message("default", session.id, { content: text("hello") });
      await sleep(subject.env, delay);
      await pool.delete("default", session.id);
      expect(await subject.store.sessions.get(session.id)).toBeNull();
      expect(await subject.sandboxes()).toEqual([]);
    }
  });

  it("executes commands and writes files in the sandbox, waking it for them", async () => {
    await using subject = await RealPool.create();
    const pool = await subject.start();
    const session = await newSession(pool, { provision: false });
    const files = await pool.files("default", session.id);
    await files.edit({ path: "note.txt", content: "kept" });
    await pool.release("default", session.id);
    expect(await pool.exec("default", session.id, { command: "cat note.txt", timeoutMs: 5000 })).toMatchObject({ stdout: "kept", exitCode: 0 });
  });

  it("answers a failing start with its reason, and the prompt with a kind", async () => {
    await using subject = await RealPool.create();
    const pool = await subject.start();
    const config = { agentType: "custom", command: { path: "/bin/sh", args: ["-c", "echo no licence >&2; exit 7"], env: {} } };
    await expect(newSession(pool, { config })).rejects.toMatchObject({ code: "sandbox_failed" });
    expect((await subject.store.sessions.list({}, { limit: 10 })).items).toEqual([]);
    const session = await newSession(pool, { config, provision: false });
    const prompt = await pool.message("default", session.id, { content: text("hello") });
    const failed = await ended(subject, session.id, prompt.rpcId);
    expect(failed).toMatchObject({ state: "failed", error: { kind: "sandbox_process_died" } });
  });

  it("executes commands in the sandbox of an agent that cannot be started", async () => {
    await using subject = await RealPool.create();
    const pool = await subject.start();
    const session = await newSession(pool, { config: { agentType: "custom", command: { path: "/nonexistent", args: [], env: {} } }, provision: false });
    expect(await pool.exec("default", session.id, { command: "echo here", timeoutMs: 5000 })).toMatchObject({ stdout: "here\n" });
  });

  it("answers an agent's permission request by the policy, and records both", async () => {
    await using subject = await RealPool.create();
    const pool = await subject.start();
    const session = await newSession(pool);
    const prompt = await pool.message("default", session.id, { content: text(script.ask()) });
    await ended(subject, session.id, prompt.rpcId);
    const events = await stored(subject, session.id);
    expect(said(events, prompt.rpcId)).toContain("allow_once");
    expect(own(events, "permission_requested")).toHaveLength(1);
    expect(own(events, "permission_resolved")).toMatchObject([{ policy: "allow", option_kind: "allow_once" }]);
  });

  it("lets the event loop turn while a release waits for a turn's end", async () => {
    await using subject = await RealPool.create();
    const pool = await subject.start({ cancelGraceMs: 400 });
    const session = await newSession(pool);
    const hanging = await pool.message("default", session.id, { content: text(script.hang({ ignoreCancel: true })) });
    while ((await subject.store.prompts.get(session.id, hanging.rpcId))?.state !== "running") await sleep(subject.env, 10);
    let turns = 0;
    const ticking = setInterval(() => (turns += 1), 10);
    await pool.release("default", session.id);
    clearInterval(ticking);
    // The store in memory answers as an embedded database does: without a turn of the loop.
    expect(turns).toBeGreaterThan(5);
    expect(await ended(subject, session.id, hanging.rpcId)).toMatchObject({ state: "cancelled" });
  });

  it("refuses a model that the agent does not offer, naming those that it does", async () => {
    await using subject = await RealPool.create();
    const pool = await subject.start();
    await expect(newSession(pool, { config: { model: "no-such-model" } })).rejects.toMatchObject({ code: "bad_request", details: { field: "model" } });
  });
});

function textOf(message: string): string {
  return (JSON.parse(message) as { params?: { update?: { content?: { text?: string } } } }).params?.update?.content?.text ?? "";
}
