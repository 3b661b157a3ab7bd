import type { Agent, SandboxProvider, Session, Volume } from "@agent-sdk/core";
import { AgentSdkError, isAgentSdkError, withoutSandbox } from "@agent-sdk/core";
import type { PoolEnv } from "../env.ts";
import type { CreateSession } from "../session-service.ts";

function requireProvider(env: Pick<PoolEnv, "providers">, name: string): SandboxProvider {
  const provider = env.providers.get(name);
  if (provider) return provider;
  throw new AgentSdkError("bad_request", `There is no provider "${name}" here. Known: ${[...env.providers.keys()].join(", ")}.`, { details: { field: "provider" } });
}

async function findVolume(env: PoolEnv, tenant: string, provider: string, idOrName: string): Promise<Volume | null> {
  const byName = await env.store.volumes.findByName(tenant, provider, idOrName);
  if (byName) return byName;
  const byId = await env.store.volumes.get(idOrName);
  return byId?.tenant === tenant && byId.provider === provider ? byId : null;
}

async function insertVolume(env: PoolEnv, tenant: string, provider: string, name: string): Promise<Volume> {
  try {
    return await env.store.volumes.insert({ id: env.random.uuid(), tenant, name, provider });
  } catch (error) {
    // Somebody made it at the same moment.
    const existing = isAgentSdkError(error, "conflict") ? await env.store.volumes.findByName(tenant, provider, name) : null;
    if (existing) return existing;
    throw error;
  }
}

/** A row first, the provider then: a volume whose making was cut off is found `creating` and made again, which is idempotent by name. */
async function ensureVolume(env: PoolEnv, request: CreateSession, provider: SandboxProvider): Promise<Volume> {
  const { tenant } = request;
  const name = request.volume ?? `default-${provider.name}`;
  const found = await findVolume(env, tenant, provider.name, name);
  if (!found && request.volume !== undefined) throw new AgentSdkError("not_found", `There is no volume "${name}" at ${provider.name}.`, { details: { field: "volume_id" } });
  const volume = found ?? (await insertVolume(env, tenant, provider.name, name));
  if (volume.status === "ready") return volume;
  if (volume.status === "deleting") throw new AgentSdkError("conflict", `The volume "${name}" is being deleted.`);
  const { ref } = await provider.volumes.create(tenant === "default" ? volume.name : `${tenant}-${volume.name}`);
  return (await env.store.volumes.setReady(volume.id, ref)) ?? volume;
}

async function ensureAgent(env: PoolEnv, request: CreateSession): Promise<Agent> {
  if ("config" in request.agent) {
    env.catalogue.get(request.agent.config.agentType);
    return env.store.agents.insert({ id: env.random.uuid(), tenant: request.tenant, config: request.agent.config });
  }
  const agent = await env.store.agents.get(request.agent.id);
  if (!agent || agent.tenant !== request.tenant) throw new AgentSdkError("not_found", `There is no agent ${request.agent.id}.`, { details: { field: "agent_id" } });
  return agent;
}

/** Everything that can be refused is refused before a row or a volume is made. */
export async function createSession(env: PoolEnv, request: CreateSession): Promise<Session> {
  const provider = requireProvider(env, request.recipe.provider);
  provider.validate(request.recipe);
  if (request.settings.workspace !== null && !provider.capabilities.sharedWorkspace) {
    throw new AgentSdkError("bad_request", `${provider.name} cannot share a workspace between sessions.`, { details: { field: "workspace" } });
  }
  if (request.id !== undefined && (await env.store.sessions.get(request.id))) throw new AgentSdkError("conflict", `There is a session ${request.id} already.`);
  const agent = await ensureAgent(env, request);
  const volume = await ensureVolume(env, request, provider);
  return env.store.sessions.insert({
    id: request.id ?? env.random.uuid(),
    tenant: request.tenant,
    agentId: agent.id,
    volumeId: volume.id,
    settings: request.settings,
    sandbox: withoutSandbox(request.recipe, { hibernated: false }),
    wake: request.provision,
  });
}
