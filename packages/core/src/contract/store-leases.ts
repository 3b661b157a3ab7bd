import { describe, expect, it } from "vitest";
import type { StoreContract } from "./store-fixture.ts";
import { leaseMs, openStoreBench } from "./store-fixture.ts";

export function describeStoreLeases(contract: StoreContract): void {
  describe("leases", () => {
    it("gives a session that nobody holds, and raises its generation by one", async () => {
      await using bench = await openStoreBench(contract);
      const { id } = await bench.session();
      const replicaId = await bench.replica({ url: "http://a" });
      const answer = await bench.store.leases.acquire(id, replicaId);
      expect(answer).toMatchObject({ outcome: "acquired", session: { id, head: { ownerReplicaId: replicaId, ownerAlive: true, generation: 1 } } });
      expect(await bench.store.sessions.get(id)).toEqual(answer.outcome === "acquired" ? answer.session : null);
    });

    it("does not give what a living replica holds, and says who does", async () => {
      await using bench = await openStoreBench(contract);
      const { id } = await bench.session();
      const holder = await bench.replica({ url: "http://holder" });
      await bench.store.leases.acquire(id, holder);
      expect(await bench.store.leases.acquire(id, await bench.replica())).toEqual({ outcome: "held", replicaId: holder, url: "http://holder" });
      expect(await bench.store.sessions.head(id)).toMatchObject({ ownerReplicaId: holder, generation: 1 });
    });

    it("gives the holder its own session again under the next generation, which fences its older self", async () => {
      await using bench = await openStoreBench(contract);
      const owner = await bench.owned();
      expect(await bench.store.leases.acquire(owner.sessionId, owner.replicaId)).toMatchObject({ outcome: "acquired", session: { head: { generation: 2 } } });
      expect(await bench.commit(owner)).toEqual({ outcome: "superseded" });
      expect(await bench.commit({ ...owner, generation: 2 })).toMatchObject({ outcome: "committed" });
    });

    it("gives a session whose holder's heartbeat is over, and fences the holder though it comes back", async () => {
      await using bench = await openStoreBench(contract);
      const owner = await bench.owned();
      await bench.advance(leaseMs + 100);
      expect(await bench.store.sessions.head(owner.sessionId)).toMatchObject({ ownerReplicaId: owner.replicaId, ownerAlive: false });
      const next = await bench.replica();
      expect(await bench.store.leases.acquire(owner.sessionId, next)).toMatchObject({ outcome: "acquired", session: { head: { ownerReplicaId: next, generation: 2 } } });
      expect(await bench.store.leases.renewReplica(owner.replicaId, leaseMs)).toBe("renewed");
      expect(await bench.store.leases.acquire(owner.sessionId, owner.replicaId)).toMatchObject({ outcome: "held", replicaId: next });
      expect(await bench.commit(owner)).toEqual({ outcome: "superseded" });
      expect(await bench.store.leases.release(owner.sessionId, owner.generation)).toBe("superseded");
      expect(await bench.store.sessions.remove(owner.sessionId, owner.generation)).toBe(false);
    });

    it("keeps a holder's sessions as long as its heartbeat goes on", async () => {
      await using bench = await openStoreBench(contract);
      const owner = await bench.owned();
      for (let beat = 0; beat < 3; beat += 1) {
        await bench.advance(leaseMs * 0.7);
        expect(await bench.store.leases.renewReplica(owner.replicaId, leaseMs)).toBe("renewed");
      }
      expect(await bench.store.leases.acquire(owner.sessionId, await bench.replica())).toMatchObject({ outcome: "held" });
      expect(await bench.commit(owner)).toMatchObject({ outcome: "committed" });
    });

    it("gives nothing to a caller that is dead or unknown", async () => {
      await using bench = await openStoreBench(contract);
      const { id } = await bench.session();
      const replicaId = await bench.replica();
      await bench.advance(leaseMs + 100);
      expect(await bench.store.leases.acquire(id, replicaId)).toEqual({ outcome: "expired" });
      expect(await bench.store.leases.acquire(id, "none")).toEqual({ outcome: "expired" });
      expect(await bench.store.sessions.head(id)).toMatchObject({ ownerReplicaId: null, generation: 0 });
    });

    it("says when there is no such session", async () => {
      await using bench = await openStoreBench(contract);
      expect(await bench.store.leases.acquire("none", await bench.replica())).toEqual({ outcome: "missing" });
      expect(await bench.store.leases.release("none", 1)).toBe("superseded");
    });

    it("lets go at the holder's word, and keeps the generation", async () => {
      await using bench = await openStoreBench(contract);
      const owner = await bench.owned();
      expect(await bench.store.leases.release(owner.sessionId, owner.generation)).toBe("released");
      expect(await bench.store.sessions.head(owner.sessionId)).toMatchObject({ ownerReplicaId: null, ownerAlive: false, generation: 1 });
      expect(await bench.store.leases.release(owner.sessionId, owner.generation)).toBe("released");
      expect(await bench.store.leases.acquire(owner.sessionId, await bench.replica())).toMatchObject({ outcome: "acquired", session: { head: { generation: 2 } } });
      expect(await bench.store.leases.release(owner.sessionId, owner.generation)).toBe("superseded");
    });

    it("lets go of all that a replica held when it retires", async () => {
      await using bench = await openStoreBench(contract);
      const owner = await bench.owned();
      const { id } = await bench.session();
      await bench.store.leases.acquire(id, owner.replicaId);
      const other = await bench.owned();
      await bench.store.leases.retireReplica(owner.replicaId);
      await bench.store.leases.retireReplica(owner.replicaId);
      for (const sessionId of [owner.sessionId, id]) expect(await bench.store.sessions.head(sessionId)).toMatchObject({ ownerReplicaId: null, ownerAlive: false });
      expect(await bench.store.sessions.head(other.sessionId)).toMatchObject({ ownerReplicaId: other.replicaId, ownerAlive: true });
      expect(await bench.store.leases.renewReplica(owner.replicaId, leaseMs)).toBe("superseded");
      expect(await bench.store.leases.acquire(owner.sessionId, other.replicaId)).toMatchObject({ outcome: "acquired" });
    });

    it("lists the replicas and whether they live", async () => {
      await using bench = await openStoreBench(contract);
      const short = await bench.replica({ url: "http://short", ttlMs: 1_000 });
      const long = await bench.replica({ ttlMs: 60_000 });
      await bench.advance(1_500);
      const replicas = await bench.store.leases.listReplicas();
      expect(replicas.toSorted((a, b) => Number(a.alive) - Number(b.alive))).toEqual([
        { replicaId: short, url: "http://short", alive: false },
        { replicaId: long, url: null, alive: true },
      ]);
    });

    it("forgets a replica that has been dead for hours when another registers, which tells it so if it comes back", async () => {
      await using bench = await openStoreBench(contract);
      const owner = await bench.owned();
      await bench.advance(leaseMs + 3_500_000);
      await bench.replica();
      expect(await bench.store.leases.listReplicas()).toHaveLength(2);
      await bench.advance(3_600_000);
      const next = await bench.replica();
      expect(await bench.store.leases.renewReplica(owner.replicaId, leaseMs)).toBe("superseded");
      expect(await bench.store.sessions.head(owner.sessionId)).toMatchObject({ ownerAlive: false });
      expect(await bench.store.leases.acquire(owner.sessionId, next)).toMatchObject({ outcome: "acquired" });
    });

    it("does not register an id twice, nor renew one that was never registered", async () => {
      await using bench = await openStoreBench(contract);
      const replicaId = await bench.replica();
      await expect(bench.store.leases.registerReplica({ replicaId, url: null, ttlMs: leaseMs })).rejects.toMatchObject({ code: "conflict" });
      expect(await bench.store.leases.renewReplica("none", leaseMs)).toBe("superseded");
    });
  });
}
