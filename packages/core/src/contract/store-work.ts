import { describe, expect, it } from "vitest";
import type { SandboxPhase } from "../sandbox-state.ts";
import type { SessionIntents } from "../session.ts";
import type { StoreContract } from "./store-fixture.ts";
import { leaseMs, openStoreBench, sandboxIn } from "./store-fixture.ts";

const phases: readonly SandboxPhase[] = ["creating", "running", "stopping", "destroying"];
const intents: readonly (keyof SessionIntents)[] = ["release", "delete", "wake"];

export function describeStoreWork(contract: StoreContract): void {
  describe("findUnowned", () => {
    it("finds nothing while nothing is to be done", async () => {
      await using bench = await openStoreBench(contract);
      await bench.session();
      expect(await bench.store.sessions.findUnowned(10)).toEqual([]);
    });

    it.each(phases)("finds a session whose compute is %s and that nobody watches", async (phase) => {
      await using bench = await openStoreBench(contract);
      const { id } = await bench.session({ sandbox: sandboxIn(phase) });
      expect(await bench.store.sessions.findUnowned(10)).toEqual([id]);
    });

    it.each(intents)("finds a session of which %s was asked", async (intent) => {
      await using bench = await openStoreBench(contract);
      const { id } = await bench.session();
      await bench.store.sessions.setIntents(id, { [intent]: true });
      expect(await bench.store.sessions.findUnowned(10)).toEqual([id]);
    });

    it("finds a session with an unfinished prompt, until it is finished", async () => {
      await using bench = await openStoreBench(contract);
      const { id } = await bench.session();
      await bench.enqueue(id, "p1");
      expect(await bench.store.sessions.findUnowned(10)).toEqual([id]);
      await bench.store.prompts.cancelQueued(id, "p1", "{}");
      expect(await bench.store.sessions.findUnowned(10)).toEqual([]);
    });

    it("leaves out those with a live owner, until its heartbeat is over, it lets go or it retires", async () => {
      await using bench = await openStoreBench(contract);
      const owner = await bench.owned({ sandbox: sandboxIn("running") });
      const { leases, sessions } = bench.store;
      expect(await sessions.findUnowned(10)).toEqual([]);
      await bench.advance(leaseMs + 100);
      expect(await sessions.findUnowned(10)).toEqual([owner.sessionId]);
      await leases.renewReplica(owner.replicaId, leaseMs);
      expect(await sessions.findUnowned(10)).toEqual([]);
      await leases.release(owner.sessionId, owner.generation);
      expect(await sessions.findUnowned(10)).toEqual([owner.sessionId]);
      await leases.acquire(owner.sessionId, owner.replicaId);
      expect(await sessions.findUnowned(10)).toEqual([]);
      await leases.retireReplica(owner.replicaId);
      expect(await sessions.findUnowned(10)).toEqual([owner.sessionId]);
    });

    it("answers each session once, no more than asked for, in changing order", async () => {
      await using bench = await openStoreBench(contract);
      const ids: string[] = [];
      for (let count = 0; count < 12; count += 1) {
        const { id } = await bench.session({ sandbox: sandboxIn("running"), wake: true });
        await bench.enqueue(id, "p1");
        ids.push(id);
      }
      expect((await bench.store.sessions.findUnowned(100)).toSorted()).toEqual(ids.toSorted());
      const firsts = new Set<string>();
      for (let round = 0; round < 30; round += 1) {
        const found = await bench.store.sessions.findUnowned(3);
        expect(found).toHaveLength(3);
        firsts.add(found[0] ?? "");
      }
      expect(firsts.size).toBeGreaterThan(1);
    });
  });

  describe("findOwned", () => {
    it("leaves out a session at rest and those of others", async () => {
      await using bench = await openStoreBench(contract);
      const owner = await bench.owned();
      const other = await bench.owned({ sandbox: sandboxIn("running") });
      await bench.session({ sandbox: sandboxIn("running") });
      expect(await bench.store.sessions.findOwned(owner.replicaId, { limit: 10 })).toEqual([]);
      expect(await bench.store.sessions.findOwned(other.replicaId, { limit: 10 })).toEqual([{ sessionId: other.sessionId, hasWork: false }]);
    });

    it.each(phases)("finds a session whose compute is %s, without work", async (phase) => {
      await using bench = await openStoreBench(contract);
      const { replicaId, sessionId } = await bench.owned({ sandbox: sandboxIn(phase) });
      expect(await bench.store.sessions.findOwned(replicaId, { limit: 10 })).toEqual([{ sessionId, hasWork: false }]);
    });

    it.each(intents)("finds a session of which %s was asked as work, until it is done", async (intent) => {
      await using bench = await openStoreBench(contract);
      const owner = await bench.owned();
      await bench.store.sessions.setIntents(owner.sessionId, { [intent]: true });
      expect(await bench.store.sessions.findOwned(owner.replicaId, { limit: 10 })).toEqual([{ sessionId: owner.sessionId, hasWork: true }]);
      await bench.commit(owner, { clearIntents: [intent] });
      expect(await bench.store.sessions.findOwned(owner.replicaId, { limit: 10 })).toEqual([]);
    });

    it("finds a session as long as a prompt is unfinished; a running one is work only when it is to be cancelled", async () => {
      await using bench = await openStoreBench(contract);
      const owner = await bench.owned();
      const hasWork = async (): Promise<readonly boolean[]> => (await bench.store.sessions.findOwned(owner.replicaId, { limit: 10 })).map((found) => found.hasWork);
      await bench.enqueue(owner.sessionId, "p1");
      expect(await hasWork()).toEqual([true]);
      await bench.commit(owner, { promptMove: { rpcId: "p1", from: "queued", to: "running" } });
      expect(await hasWork()).toEqual([false]);
      await bench.enqueue(owner.sessionId, "p2");
      expect(await hasWork()).toEqual([false]);
      await bench.store.prompts.requestCancel(owner.sessionId);
      expect(await hasWork()).toEqual([true]);
      await bench.commit(owner, { promptMove: { rpcId: "p1", from: "running", to: "cancelled" } });
      expect(await hasWork()).toEqual([true]);
      await bench.store.prompts.cancelQueued(owner.sessionId, "p2", "{}");
      expect(await hasWork()).toEqual([]);
    });

    it("puts those with work first within the limit, in changing order", async () => {
      await using bench = await openStoreBench(contract);
      const replicaId = await bench.replica();
      const working = new Set<string>();
      for (let count = 0; count < 12; count += 1) {
        const { id } = await bench.session({ sandbox: sandboxIn("running"), wake: count % 3 === 0 });
        if (count % 3 === 0) working.add(id);
        await bench.store.leases.acquire(id, replicaId);
      }
      expect(await bench.store.sessions.findOwned(replicaId, { limit: 100 })).toHaveLength(12);
      const firsts = new Set<string>();
      const lasts = new Set<string>();
      for (let round = 0; round < 40; round += 1) {
        const found = await bench.store.sessions.findOwned(replicaId, { limit: 5 });
        expect(found.map(({ hasWork }) => hasWork)).toEqual([true, true, true, true, false]);
        expect(new Set(found.slice(0, 4).map(({ sessionId }) => sessionId))).toEqual(working);
        firsts.add(found[0]?.sessionId ?? "");
        lasts.add(found[4]?.sessionId ?? "");
      }
      expect([firsts.size > 1, lasts.size > 1]).toEqual([true, true]);
    });
  });

  it("counts sessions and those that are busy with prompts", async () => {
    await using bench = await openStoreBench(contract);
    const owner = await bench.owned();
    await bench.running(owner, "p1");
    await bench.enqueue(owner.sessionId, "p2");
    await bench.enqueue((await bench.session()).id, "p1");
    await bench.session({ sandbox: sandboxIn("running") });
    expect(await bench.store.sessions.count()).toEqual({ sessions: 3, busy: 2 });
  });
}
