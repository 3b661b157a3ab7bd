import type { AgentConfig, RuntimeEnv, Session, Store } from "@agent-sdk/core";
import { withoutSandbox } from "@agent-sdk/core";

export const demoConfig: AgentConfig = {
  agentType: "demo",
  name: null,
  model: null,
  mode: null,
  thoughtLevel: null,
  command: null,
  mcpServers: [],
  skills: null,
  cliTools: [],
  extraOptions: {},
};

/** A session's rows, owned by a replica that is registered for it. */
export async function ownedSession(env: RuntimeEnv, store: Store): Promise<{ readonly session: Session; readonly replicaId: string }> {
  const agent = await store.agents.insert({ id: env.random.uuid(), tenant: "default", config: demoConfig });
  const volume = await store.volumes.insert({ id: env.random.uuid(), tenant: "default", name: env.random.uuid(), provider: "test" });
  const { id } = await store.sessions.insert({
    id: env.random.uuid(),
    tenant: "default",
    agentId: agent.id,
    volumeId: volume.id,
    settings: { cwd: null, workspace: null, env: {}, secrets: {}, permissions: null },
    sandbox: withoutSandbox({ provider: "test" }, { hibernated: false }),
    wake: false,
  });
  const replicaId = env.random.uuid();
  await store.leases.registerReplica({ replicaId, url: null, ttlMs: 60_000 });
  const acquired = await store.leases.acquire(id, replicaId);
  if (acquired.outcome !== "acquired") throw new Error(`not acquired: ${acquired.outcome}`);
  return { session: acquired.session, replicaId };
}
