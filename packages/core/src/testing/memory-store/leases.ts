import { AgentSdkError } from "../../errors.ts";
import type { LeaseStore } from "../../store.ts";
import type { Tables } from "./tables.ts";
import { currentMoment, isAlive } from "./tables.ts";
import { sessionOf } from "./views.ts";

/** How long a dead replica's row is kept, in milliseconds. */
const keptMs = 3_600_000;

export function leasesInMemory(tables: Tables): LeaseStore {
  const { replicas, sessions } = tables;
  return {
    async registerReplica({ replicaId, url, ttlMs }) {
      if (replicas.has(replicaId)) throw new AgentSdkError("conflict", `There is a replica ${replicaId} already.`);
      const bound = currentMoment(tables) - keptMs;
      for (const replica of replicas.values()) if (replica.expiresAt < bound) replicas.delete(replica.replicaId);
      replicas.set(replicaId, { replicaId, url, expiresAt: currentMoment(tables) + ttlMs });
    },
    async renewReplica(replicaId, ttlMs) {
      const replica = replicas.get(replicaId);
      if (replica === undefined) return "superseded";
      replica.expiresAt = currentMoment(tables) + ttlMs;
      return "renewed";
    },
    async retireReplica(replicaId) {
      for (const session of sessions.values()) if (session.ownerReplicaId === replicaId) session.ownerReplicaId = null;
      replicas.delete(replicaId);
    },
    async listReplicas() {
      return [...replicas.values()].map(({ replicaId, url }) => ({ replicaId, url, alive: isAlive(tables, replicaId) }));
    },
    async acquire(sessionId, replicaId) {
      if (!isAlive(tables, replicaId)) return { outcome: "expired" };
      const session = sessions.get(sessionId);
      if (session === undefined) return { outcome: "missing" };
      const holder = session.ownerReplicaId;
      if (holder !== null && holder !== replicaId && isAlive(tables, holder)) return { outcome: "held", replicaId: holder, url: replicas.get(holder)?.url ?? null };
      Object.assign(session, { ownerReplicaId: replicaId, generation: session.generation + 1, lastCommit: null } satisfies Partial<typeof session>);
      return { outcome: "acquired", session: sessionOf(tables, session) };
    },
    async release(sessionId, generation) {
      const session = sessions.get(sessionId);
      if (session?.generation !== generation) return "superseded";
      session.ownerReplicaId = null;
      return "released";
    },
  };
}
