import { describe, expect, it } from "vitest";
import type { NewQuestion, Verdict } from "../question.ts";
import type { QuestionDecision, QuestionStore } from "../store.ts";
import type { OwnedSession, StoreBench, StoreContract } from "./store-fixture.ts";
import { openStoreBench, texts } from "./store-fixture.ts";

const accepted: Verdict = { reply: { outcome: { outcome: "selected", optionId: "yes" } }, decidedBy: "caller", caller: "somebody" };

function question(id: string, changes: Partial<NewQuestion> = {}): NewQuestion {
  return { id, kind: "permission", rpcId: "p1", runId: "run", position: Number(id.slice(1)), requestId: 7, params: { toolCall: { title: "\u0000 \ud800 🙂 \"" } }, timeoutMs: null, ...changes };
}

async function asked(bench: StoreBench, owner: OwnedSession, ...questions: readonly NewQuestion[]): Promise<void> {
  const result = await bench.commit(owner, { events: [{ rpcId: "p1", message: '"asked"' }], questions });
  if (result.outcome !== "committed") throw new Error(`The commit is ${result.outcome}.`);
}

function decide(bench: StoreBench, owner: OwnedSession, questionId: string, changes: Partial<QuestionDecision> = {}): ReturnType<QuestionStore["decide"]> {
  return bench.store.questions.decide({ sessionId: owner.sessionId, questionId, verdict: accepted, to: "answered", event: `"decided ${questionId}"`, ...changes });
}

export function describeStoreQuestions(contract: StoreContract): void {
  describe("questions", () => {
    it("stores a question with the events that it came with, as it was given", async () => {
      await using bench = await openStoreBench(contract);
      const owner = await bench.owned();
      await asked(bench, owner, question("q1", { requestId: "\u0000a", timeoutMs: 60_000 }), question("q2", { kind: "elicitation", rpcId: null }));
      const [first, second] = await bench.store.questions.list(owner.sessionId);
      const { timeoutMs: _timeout, ...given } = question("q1", { requestId: "\u0000a" });
      expect(first).toEqual({ ...given, sessionId: owner.sessionId, state: "open", verdict: null, createdAt: expect.any(Date), expiresAt: expect.any(Date), decidedAt: null, settledAt: null });
      expect((first?.expiresAt?.getTime() ?? 0) - (first?.createdAt.getTime() ?? 0)).toBe(60_000);
      expect(second).toMatchObject({ id: "q2", kind: "elicitation", rpcId: null, requestId: 7, expiresAt: null });
      expect(await bench.store.questions.get(owner.sessionId, "q1")).toEqual(first);
      expect(await bench.store.questions.get(owner.sessionId, "q9")).toBeNull();
      expect(await bench.store.questions.get("none", "q1")).toBeNull();
      expect(await bench.store.questions.countOpen(owner.sessionId)).toBe(2);
      expect(await bench.store.questions.countOpen("none")).toBe(0);
      expect(texts(await bench.events(owner.sessionId))).toEqual(['"asked"']);
    });

    it("does not store one twice that stands at the same place of the same journal", async () => {
      await using bench = await openStoreBench(contract);
      const owner = await bench.owned();
      await asked(bench, owner, question("q1"));
      await asked(bench, owner, question("q2", { position: 1 }), question("q3", { position: 1, runId: "other" }), question("q4"));
      expect((await bench.store.questions.list(owner.sessionId)).map(({ id }) => id)).toEqual(["q1", "q3", "q4"]);
    });

    it("stores none with a commit that is refused", async () => {
      await using bench = await openStoreBench(contract);
      const owner = await bench.owned();
      expect(await bench.commit({ ...owner, generation: owner.generation - 1 }, { questions: [question("q1")] })).toEqual({ outcome: "superseded" });
      expect(await bench.commit(owner, { questions: [question("q1")], promptMove: { rpcId: "p9", from: "queued", to: "running" } })).toEqual({ outcome: "conflict" });
      expect(await bench.store.questions.list(owner.sessionId)).toEqual([]);
    });

    it("decides one once, with its event, however many call at the same time", async () => {
      await using bench = await openStoreBench(contract);
      const owner = await bench.owned();
      await bench.running(owner, "p1");
      await asked(bench, owner, question("q1"));
      await bench.advance(1_000);
      const answers = await Promise.all([1, 2, 3, 4].map((nth) => decide(bench, owner, "q1", { verdict: { ...accepted, caller: String(nth) } })));
      const [winner, ...more] = answers.filter((answer) => answer.outcome === "decided");
      expect(more).toEqual([]);
      const stored = await bench.store.questions.get(owner.sessionId, "q1");
      expect(winner).toEqual({ outcome: "decided", question: stored, seq: 3 });
      expect(answers.filter((answer) => answer.outcome === "closed")).toEqual([1, 2, 3].map(() => ({ outcome: "closed", question: stored })));
      expect(stored).toMatchObject({ state: "answered", verdict: { reply: accepted.reply, decidedBy: "caller" }, decidedAt: expect.any(Date), settledAt: null });
      expect((await bench.events(owner.sessionId)).at(-1)).toMatchObject({ seq: 3, rpcId: "p1", message: '"decided q1"' });
      expect(await bench.store.questions.countOpen(owner.sessionId)).toBe(0);
      await expect(decide(bench, owner, "q9")).rejects.toMatchObject({ code: "not_found" });
      await expect(decide(bench, { ...owner, sessionId: "none" }, "q1")).rejects.toMatchObject({ code: "not_found" });
    });

    it("tells nothing under a prompt that has ended, and counts as activity", async () => {
      await using bench = await openStoreBench(contract);
      const owner = await bench.owned();
      await bench.running(owner, "p1");
      await asked(bench, owner, question("q1"));
      await bench.commit(owner, { promptMove: { rpcId: "p1", from: "running", to: "done" } });
      const before = (await bench.store.sessions.get(owner.sessionId))?.lastActivityAt.getTime() ?? 0;
      await bench.advance(1_000);
      await decide(bench, owner, "q1");
      expect((await bench.events(owner.sessionId)).at(-1)).toMatchObject({ rpcId: null, message: '"decided q1"' });
      expect((await bench.store.sessions.get(owner.sessionId))?.lastActivityAt.getTime()).toBeGreaterThanOrEqual(before + 1_000);
    });

    it("fences what an owner decides and settles, and not what a caller decides", async () => {
      await using bench = await openStoreBench(contract);
      const owner = await bench.owned();
      await asked(bench, owner, question("q1"), question("q2"), question("q3"));
      const { questions } = bench.store;
      await bench.store.leases.acquire(owner.sessionId, owner.replicaId);
      const current = owner.generation + 1;
      expect(await decide(bench, owner, "q1", { generation: owner.generation })).toEqual({ outcome: "superseded" });
      expect(await decide(bench, owner, "q1")).toMatchObject({ outcome: "decided" });
      expect(await decide(bench, owner, "q2", { generation: current, to: "lost" })).toMatchObject({ question: { state: "lost", settledAt: expect.any(Date) } });
      expect(await questions.settle(owner.sessionId, "q1", "delivered", owner.generation)).toBe(false);
      expect(await questions.settle(owner.sessionId, "q1", "delivered", current)).toBe(true);
      expect(await questions.settle(owner.sessionId, "q1", "lost", current)).toBe(false);
      expect(await questions.settle(owner.sessionId, "q2", "delivered", current)).toBe(false);
      expect(await questions.settle(owner.sessionId, "q3", "delivered", current)).toBe(false);
      expect(await questions.settle("none", "q1", "delivered", current)).toBe(false);
      const states = (await questions.list(owner.sessionId)).map(({ state, settledAt }) => [state, settledAt !== null]);
      expect(states).toEqual([["delivered", true], ["lost", true], ["open", false]]);
    });

    it("lists by state and up to a limit, oldest first", async () => {
      await using bench = await openStoreBench(contract);
      const owner = await bench.owned();
      await asked(bench, owner, question("q3"), question("q1"));
      await asked(bench, owner, question("q2"));
      await decide(bench, owner, "q1");
      const ids = async (filter?: Parameters<QuestionStore["list"]>[1]): Promise<string[]> => (await bench.store.questions.list(owner.sessionId, filter)).map(({ id }) => id);
      expect(await ids()).toEqual(["q3", "q1", "q2"]);
      expect(await ids({ states: ["open"] })).toEqual(["q3", "q2"]);
      expect(await ids({ states: ["open", "answered"], limit: 2 })).toEqual(["q3", "q1"]);
      expect(await ids({ states: [] })).toEqual([]);
      expect(await bench.store.questions.list("none")).toEqual([]);
    });

    it("gives an owner work as long as an answer was not handed over", async () => {
      await using bench = await openStoreBench(contract);
      const owner = await bench.owned();
      await bench.running(owner, "p1");
      const hasWork = async (): Promise<boolean | undefined> => (await bench.store.sessions.findOwned(owner.replicaId, { limit: 9 }))[0]?.hasWork;
      await asked(bench, owner, question("q1"));
      expect(await hasWork()).toBe(false);
      await decide(bench, owner, "q1");
      expect(await hasWork()).toBe(true);
      await bench.store.questions.settle(owner.sessionId, "q1", "delivered", owner.generation);
      expect(await hasWork()).toBe(false);
    });

    it("goes with its session", async () => {
      await using bench = await openStoreBench(contract);
      const owner = await bench.owned({ limits: { permissionTimeoutMs: 5_000 } });
      await asked(bench, owner, question("q1"));
      expect(await bench.store.sessions.limits(owner.sessionId)).toEqual({ permissionTimeoutMs: 5_000 });
      expect(await bench.store.sessions.limits((await bench.session()).id)).toEqual({ permissionTimeoutMs: null });
      await bench.store.sessions.remove(owner.sessionId, owner.generation);
      expect(await bench.countRows(owner.sessionId)).toBe(0);
      expect(await bench.store.questions.get(owner.sessionId, "q1")).toBeNull();
      expect(await bench.store.sessions.limits(owner.sessionId)).toBeNull();
    });
  });
}
