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

  describe("findOwnedWork", () => {
    it("finds nothing for an owner with nothing to do, watched compute included", async () => {
      await using bench = await openStoreBench(contract);
      const owner = await bench.owned({ sandbox: sandboxIn("running") });
      expect(await bench.store.sessions.findOwnedWork(owner.replicaId, 10)).toEqual([]);
      await bench.running(owner, "p1");
      expect(await bench.store.sessions.findOwnedWork(owner.replicaId, 10)).toEqual([]);
    });

    it.each(intents)("finds a session of which %s was asked, for its owner only", async (intent) => {
      await using bench = await openStoreBench(contract);
      const owner = await bench.owned();
      await bench.store.sessions.setIntents(owner.sessionId, { [intent]: true });
      expect(await bench.store.sessions.findOwnedWork(owner.replicaId, 10)).toEqual([owner.sessionId]);
      expect(await bench.store.sessions.findOwnedWork(await bench.replica(), 10)).toEqual([]);
      await bench.commit(owner, { clearIntents: [intent] });
      expect(await bench.store.sessions.findOwnedWork(owner.replicaId, 10)).toEqual([]);
    });

    it("finds a waiting prompt while none runs, and a running one that is to be cancelled", async () => {
      await using bench = await openStoreBench(contract);
      const owner = await bench.owned();
      const found = (): Promise<readonly string[]> => bench.store.sessions.findOwnedWork(owner.replicaId, 10);
      await bench.enqueue(owner.sessionId, "p1");
      expect(await found()).toEqual([owner.sessionId]);
      await bench.commit(owner, { promptMove: { rpcId: "p1", from: "queued", to: "running" } });
      expect(await found()).toEqual([]);
      await bench.enqueue(owner.sessionId, "p2");
      expect(await found()).toEqual([]);
      await bench.store.prompts.requestCancel(owner.sessionId);
      expect(await found()).toEqual([owner.sessionId]);
      await bench.commit(owner, { promptMove: { rpcId: "p1", from: "running", to: "cancelled" } });
      expect(await found()).toEqual([owner.sessionId]);
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
