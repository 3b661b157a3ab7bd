import { describe, expect, it } from "vitest";
import type { PromptState } from "../prompt.ts";
import type { StoreContract } from "./store-fixture.ts";
import { commitOf, openStoreBench, sandboxIn, seqs, texts } from "./store-fixture.ts";

const event = (message: string, rpcId: string | null = null): { rpcId: string | null; message: string } => ({ rpcId, message });

export function describeStoreCommits(contract: StoreContract): void {
  describe("commits", () => {
    it("numbers events without gaps, after those that callers brought", async () => {
      await using bench = await openStoreBench(contract);
      const owner = await bench.owned();
      await bench.enqueue(owner.sessionId, "p1");
      expect(await bench.commit(owner, { events: [event("1", "p1"), event("2")] })).toEqual({ outcome: "committed", firstSeq: 2, lastSeq: 3, createdAt: expect.any(Date) });
      expect(await bench.commit(owner, { events: [event("3")] })).toMatchObject({ firstSeq: 4, lastSeq: 4 });
      const events = await bench.events(owner.sessionId);
      expect(events.map(({ seq, rpcId, message }) => [seq, rpcId, message])).toEqual([[1, "p1", '"queued p1"'], [2, "p1", "1"], [3, null, "2"], [4, null, "3"]]);
      expect(await bench.store.sessions.head(owner.sessionId)).toMatchObject({ lastSeq: 4, firstSeq: 1 });
    });

    it("answers the numbers around an empty commit", async () => {
      await using bench = await openStoreBench(contract);
      const owner = await bench.owned();
      await bench.commit(owner, { events: [event("1")] });
      expect(await bench.commit(owner)).toMatchObject({ outcome: "committed", firstSeq: 2, lastSeq: 1 });
      expect(await bench.store.commits.commit([])).toEqual([]);
    });

    it("writes several sessions' together, in the order given", async () => {
      await using bench = await openStoreBench(contract);
      const owners = [await bench.owned(), await bench.owned(), await bench.owned()];
      const results = await bench.store.commits.commit(
        owners.map((owner, index) => commitOf(owner, { events: Array.from({ length: index + 1 }, (_, nth) => event(`"${index}.${nth}"`, `p${nth}`)) })),
      );
      expect(results.map((result) => (result.outcome === "committed" ? result.lastSeq : 0))).toEqual([1, 2, 3]);
      for (const [index, owner] of owners.entries()) {
        const events = await bench.events(owner.sessionId);
        expect(events.map(({ message, rpcId }) => [message, rpcId])).toEqual(Array.from({ length: index + 1 }, (_, nth) => [`"${index}.${nth}"`, `p${nth}`]));
      }
    });

    it("refuses an old generation and an unknown session while their neighbours succeed", async () => {
      await using bench = await openStoreBench(contract);
      const [before, old, after] = [await bench.owned(), await bench.owned(), await bench.owned()];
      await bench.store.leases.acquire(old.sessionId, old.replicaId);
      const sandbox = sandboxIn("running");
      const results = await bench.store.commits.commit([
        commitOf(before, { events: [event("1")] }),
        commitOf(old, { events: [event("2")], sandbox, activity: true, journal: { runId: "r", position: 1 } }),
        commitOf({ sessionId: "none", generation: 1 }, { events: [event("3")] }),
        commitOf(after, { events: [event("4"), event("5")] }),
      ]);
      expect(results.map((result) => result.outcome)).toEqual(["committed", "superseded", "superseded", "committed"]);
      expect(await bench.events(old.sessionId)).toEqual([]);
      expect(await bench.store.sessions.get(old.sessionId)).toMatchObject({ sandbox: { phase: "none" }, head: { lastSeq: 0, journal: null } });
      expect(texts(await bench.events(after.sessionId))).toEqual(["4", "5"]);
      expect(await bench.countRows("none")).toBe(0);
    });

    it("does not know a generation that is yet to come", async () => {
      await using bench = await openStoreBench(contract);
      const owner = await bench.owned();
      expect(await bench.commit({ ...owner, generation: owner.generation + 1 })).toEqual({ outcome: "superseded" });
    });

    it("answers a repeated commit as it answered the first, and writes nothing", async () => {
      await using bench = await openStoreBench(contract);
      const owner = await bench.owned();
      await bench.enqueue(owner.sessionId, "p1");
      const commit = commitOf(owner, { events: [event("1"), event("2")], promptMove: { rpcId: "p1", from: "queued", to: "running" }, journal: { runId: "r", position: 2 } });
      const [first] = await bench.store.commits.commit([commit]);
      await bench.enqueue(owner.sessionId, "p2");
      await bench.advance(1_000);
      expect(await bench.store.commits.commit([commit])).toEqual([first]);
      expect(seqs(await bench.events(owner.sessionId))).toEqual([1, 2, 3, 4]);
      expect(await bench.store.prompts.get(owner.sessionId, "p1")).toMatchObject({ attempt: 1 });
      await bench.store.leases.acquire(owner.sessionId, owner.replicaId);
      expect(await bench.store.commits.commit([commit])).toEqual([{ outcome: "superseded" }]);
    });

    it("takes one commit per session in a call", async () => {
      await using bench = await openStoreBench(contract);
      const owner = await bench.owned();
      await expect(bench.store.commits.commit([commitOf(owner), commitOf(owner)])).rejects.toMatchObject({ code: "bad_request" });
    });

    it("moves a prompt through its life", async () => {
      await using bench = await openStoreBench(contract);
      const owner = await bench.owned();
      await bench.running(owner, "p1");
      const started = await bench.store.prompts.get(owner.sessionId, "p1");
      expect(started).toMatchObject({ state: "running", attempt: 1, startedAt: expect.any(Date), endedAt: null });
      await bench.commit(owner, { promptMove: { rpcId: "p1", from: "running", to: "running" } });
      expect(await bench.store.prompts.get(owner.sessionId, "p1")).toMatchObject({ state: "running", attempt: 2, startedAt: started?.startedAt });
      await bench.commit(owner, { events: [event("9", "p1")], promptMove: { rpcId: "p1", from: "running", to: "done", stopReason: "end_turn" } });
      expect(await bench.store.prompts.get(owner.sessionId, "p1")).toMatchObject({ state: "done", stopReason: "end_turn", error: null, endedAt: expect.any(Date), attempt: 2 });
      await bench.running(owner, "p2");
      const error = { code: -32603, message: "\u0000 \"", data: { z: 1, a: [null] } };
      await bench.commit(owner, { promptMove: { rpcId: "p2", from: "running", to: "failed", error } });
      expect(await bench.store.prompts.get(owner.sessionId, "p2")).toMatchObject({ state: "failed", stopReason: null, error });
    });

    it.each<[string, string, PromptState, PromptState]>([
      ["a state that it is not in", "p2", "running", "done"],
      ["a prompt that is not there", "p9", "queued", "running"],
      ["a way that there is not", "p2", "queued", "done"],
      ["a second prompt beside a running one", "p2", "queued", "running"],
      ["a prompt that has ended", "p0", "done", "running"],
    ])("refuses a move from %s as a conflict, and the whole commit with it", async (_name, rpcId, from, to) => {
      await using bench = await openStoreBench(contract);
      const [owner, neighbour] = [await bench.owned(), await bench.owned()];
      await bench.running(owner, "p0");
      await bench.commit(owner, { promptMove: { rpcId: "p0", from: "running", to: "done" } });
      await bench.running(owner, "p1");
      await bench.enqueue(owner.sessionId, "p2");
      const before = await bench.store.sessions.get(owner.sessionId);
      const prompts = await bench.store.prompts.list(owner.sessionId);
      const results = await bench.store.commits.commit([
        commitOf(owner, { events: [event("1")], promptMove: { rpcId, from, to }, sandbox: sandboxIn("running"), journal: { runId: "r", position: 1 }, activity: true }),
        commitOf(neighbour, { events: [event("2")] }),
      ]);
      expect(results).toMatchObject([{ outcome: "conflict" }, { outcome: "committed", firstSeq: 1 }]);
      expect(await bench.store.sessions.get(owner.sessionId)).toEqual(before);
      expect(await bench.store.prompts.list(owner.sessionId)).toEqual(prompts);
      expect(await bench.commit(owner, { events: [event("3")] })).toMatchObject({ firstSeq: (before?.head.lastSeq ?? 0) + 1 });
    });

    it("writes what a commit gives of the session, and leaves the rest", async () => {
      await using bench = await openStoreBench(contract);
      const owner = await bench.owned({ wake: true });
      await bench.store.sessions.setIntents(owner.sessionId, { release: true, delete: true });
      const sandbox = sandboxIn("running");
      await bench.commit(owner, { sandbox, innerSessionId: "inner", conversationStarted: true, journal: { runId: "r", position: 7 }, clearIntents: ["wake", "release"] });
      const written = { sandbox, innerSessionId: "inner", conversationStarted: true, intents: { release: false, delete: true, wake: false } };
      expect(await bench.store.sessions.get(owner.sessionId)).toMatchObject({ ...written, head: { journal: { runId: "r", position: 7 } } });
      await bench.commit(owner, { events: [event("1")] });
      expect(await bench.store.sessions.get(owner.sessionId)).toMatchObject({ ...written, head: { journal: { runId: "r", position: 7 } } });
      await bench.commit(owner, { innerSessionId: null, conversationStarted: false, journal: { runId: "s", position: 0 } });
      expect(await bench.store.sessions.get(owner.sessionId)).toMatchObject({ sandbox, innerSessionId: null, conversationStarted: false, head: { journal: { runId: "s", position: 0 } } });
    });

    it("counts as activity only when it says so", async () => {
      await using bench = await openStoreBench(contract);
      const owner = await bench.owned();
      const at = async (): Promise<number> => (await bench.store.sessions.get(owner.sessionId))?.lastActivityAt.getTime() ?? 0;
      const before = await at();
      await bench.advance(1_000);
      await bench.commit(owner, { events: [event("1")] });
      expect(await at()).toBe(before);
      await bench.commit(owner, { events: [event("2")], activity: true });
      expect(await at()).toBeGreaterThanOrEqual(before + 1_000);
    });
  });
}
