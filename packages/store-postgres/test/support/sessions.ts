import type { Store } from "@agent-sdk/core";
import { withoutSandbox } from "@agent-sdk/core";

const config = { agentType: "demo", name: null, model: null, mode: null, thoughtLevel: null, command: null, mcpServers: [], skills: null, cliTools: [], extraOptions: {} };
const settings = { cwd: null, workspace: null, env: {}, secrets: {}, permissions: null };

/** A session `sessionId` that a replica owns under generation 1. The replica is registered where there is none yet. */
export async function insertOwned(store: Store, sessionId: string, replicaId = "replica"): Promise<void> {
  await store.agents.insert({ id: `agent-${sessionId}`, tenant: "tenant", config });
  await store.volumes.insert({ id: `volume-${sessionId}`, tenant: "tenant", name: sessionId, provider: "fake" });
  const sandbox = withoutSandbox({ provider: "fake" }, { hibernated: false });
  await store.sessions.insert({ id: sessionId, tenant: "tenant", agentId: `agent-${sessionId}`, volumeId: `volume-${sessionId}`, settings, sandbox, wake: false });
  const replicas = await store.leases.listReplicas();
  if (replicas.length === 0) await store.leases.registerReplica({ replicaId, url: null, ttlMs: 600_000 });
  await store.leases.acquire(sessionId, replicaId);
}
