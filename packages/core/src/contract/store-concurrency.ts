import { describe, expect, it } from "vitest";
import type { CommitResult } from "../store.ts";
import type { OwnedSession, StoreBench, StoreContract } from "./store-fixture.ts";
import { commitOf, numbers, openStoreBench, seqs } from "./store-fixture.ts";

/** Commits one after the other, as an owner does. */
async function commitInARow(bench: StoreBench, owner: OwnedSession, rounds: number): Promise<CommitResult[]> {
  const results: CommitResult[] = [];
  for (let round = 0; round < rounds; round += 1) {
    results.push(await bench.commit(owner, { events: [{ rpcId: null, message: `"owner ${round}.0"` }, { rpcId: null, message: `"owner ${round}.1"` }], activity: true }));
  }
  return results;
}

export function describeStoreConcurrency(contract: StoreContract): void {
  describe("at the same time", () => {
    it("numbers without a gap or a double while an owner commits and many callers enqueue, cancel and ask", async () => {
      await using bench = await openStoreBench(contract);
      const owner = await bench.owned();
      const { sessionId } = owner;
      const callers = numbers(8).map(async (caller) => {
        for (let nth = 0; nth < 5; nth += 1) {
          await bench.enqueue(sessionId, `p${caller}.${nth}`, { interrupt: nth % 2 === 0 });
          if (nth % 2 === 1) await bench.store.prompts.cancelQueued(sessionId, `p${caller}.${nth}`, '"cancelled"');
          await bench.store.sessions.setIntents(sessionId, { wake: true });
        }
      });
      const [results] = await Promise.all([commitInARow(bench, owner, 20), ...callers]);
      const events = await bench.events(sessionId);
      expect(seqs(events)).toEqual(numbers(40 + 40 + 16));
      expect((await bench.store.sessions.head(sessionId))?.lastSeq).toBe(96);
      const byNumber = new Map(events.map((event) => [event.seq, event.message]));
      for (const [round, result] of results.entries()) {
        expect(result).toMatchObject({ outcome: "committed" });
        if (result.outcome === "committed") expect([byNumber.get(result.firstSeq), byNumber.get(result.lastSeq)]).toEqual([`"owner ${round}.0"`, `"owner ${round}.1"`]);
      }
      const prompts = await bench.store.prompts.list(sessionId);
      expect(prompts.map((prompt) => prompt.position)).toEqual(numbers(40));
      const queuedInOrder = events.filter((event) => event.message.startsWith('"queued')).map((event) => event.rpcId);
      expect(queuedInOrder).toEqual(prompts.map((prompt) => prompt.rpcId));
    });

    it("stores a prompt once when it is sent many times at once", async () => {
      await using bench = await openStoreBench(contract);
      const { id } = await bench.session();
      const answers = await Promise.all(numbers(10).map(() => bench.enqueue(id, "p1")));
      expect(answers.filter((answer) => answer.created)).toHaveLength(1);
      expect(new Set(answers.map((answer) => JSON.stringify(answer.prompt))).size).toBe(1);
      expect(await bench.events(id)).toHaveLength(1);
    });

    it("applies a commit once when it is sent many times at once", async () => {
      await using bench = await openStoreBench(contract);
      const owner = await bench.owned();
      const commit = commitOf(owner, { events: [{ rpcId: null, message: "1" }] });
      const answers = await Promise.all(numbers(10).map(() => bench.store.commits.commit([commit])));
      expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
      expect(seqs(await bench.events(owner.sessionId))).toEqual([1]);
    });

    it("gives a session to one of many that ask at once", async () => {
      await using bench = await openStoreBench(contract);
      const { id } = await bench.session();
      const replicas = await Promise.all(numbers(8).map(() => bench.replica()));
      const answers = await Promise.all(replicas.map((replicaId) => bench.store.leases.acquire(id, replicaId)));
      expect(answers.map((answer) => answer.outcome).toSorted()).toEqual(["acquired", ...numbers(7).map(() => "held")]);
      expect(await bench.store.sessions.head(id)).toMatchObject({ generation: 1 });
    });

    it("takes a waiting prompt either to its start or out, never both", async () => {
      await using bench = await openStoreBench(contract);
      for (let round = 0; round < 10; round += 1) {
        const owner = await bench.owned();
        await bench.enqueue(owner.sessionId, "p1");
        const [start, cancel] = await Promise.allSettled([
          bench.commit(owner, { promptMove: { rpcId: "p1", from: "queued", to: "running" } }),
          bench.store.prompts.cancelQueued(owner.sessionId, "p1", "{}"),
        ]);
        const started = start.status === "fulfilled" && start.value.outcome === "committed";
        expect(started).toBe(cancel.status === "rejected");
        expect(await bench.store.prompts.get(owner.sessionId, "p1")).toMatchObject({ state: started ? "running" : "cancelled" });
      }
    });

    it("commits crossing groups of sessions from many owners without one waiting for another for ever", async () => {
      await using bench = await openStoreBench(contract);
      const owners = await Promise.all(numbers(6).map(() => bench.owned()));
      const groups = numbers(30).map((round) => {
        const chosen = owners.filter((_, index) => (index + round) % 3 !== 0);
        const ordered = round % 2 === 0 ? chosen : chosen.toReversed();
        return bench.store.commits.commit(ordered.map((owner) => commitOf(owner, { events: [{ rpcId: null, message: String(round) }] })));
      });
      const results = (await Promise.all(groups)).flat();
      expect(results.every((result) => result.outcome === "committed")).toBe(true);
      for (const owner of owners) expect(seqs(await bench.events(owner.sessionId))).toEqual(numbers(20));
    });

    it("refuses every commit of an owner from the moment on at which another has the session", async () => {
      await using bench = await openStoreBench(contract);
      const owner = await bench.owned();
      const [results] = await Promise.all([commitInARow(bench, owner, 30), bench.store.leases.acquire(owner.sessionId, owner.replicaId)]);
      const outcomes = results.map((result) => result.outcome);
      const committed = outcomes.filter((outcome) => outcome === "committed").length;
      expect(outcomes).toEqual(outcomes.toSorted());
      expect(seqs(await bench.events(owner.sessionId))).toEqual(numbers(committed * 2));
    });
  });
}
