import type { SandboxProvider, Session, Volume } from "@agent-sdk/core";
import { AgentSdkError, isAgentSdkError, withoutSandbox } from "@agent-sdk/core";
import type { PoolEnv } from "../env.ts";
import type { CreateSession } from "../session-service.ts";
import { findVolume } from "./find-volume.ts";
import { requireProvider } from "./providers.ts";
import { makeReady } from "./volume-states.ts";

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
  const found = await findVolume(env, tenant, name, { provider: provider.name });
  if (!found && request.volume !== undefined) throw new AgentSdkError("not_found", `There is no volume "${name}" at ${provider.name}.`, { details: { field: "volume_id" } });
  const volume = found ?? (await insertVolume(env, tenant, provider.name, name));
  if (volume.status === "ready") return volume;
  if (volume.status === "deleting") throw new AgentSdkError("conflict", `The volume "${name}" is being deleted.`, { details: { field: "volume_id" } });
  return makeReady(env, provider, volume);
}

async function refuseAgent(env: PoolEnv, { tenant, agent }: CreateSession): Promise<void> {
  if ("config" in agent) return void env.catalogue.get(agent.config.agentType);
  const found = await env.store.agents.get(agent.id);
  if (!found || found.tenant !== tenant || found.deleting) throw new AgentSdkError("not_found", `There is no agent ${agent.id}.`, { details: { field: "agent_id" } });
}

/** Everything that can be refused is refused before a row or a volume is made. */
async function refuse(env: PoolEnv, request: CreateSession, provider: SandboxProvider): Promise<void> {
  provider.validate(request.recipe);
  if (request.settings.workspace !== null && !provider.capabilities.sharedWorkspace) {
    throw new AgentSdkError("bad_request", `${provider.name} cannot share a workspace between sessions.`, { details: { field: "workspace" } });
  }
  if (request.id !== undefined && (await env.store.sessions.get(request.id))) throw new AgentSdkError("conflict", `There is a session ${request.id} already.`);
  await refuseAgent(env, request);
}

export async function createSession(env: PoolEnv, request: CreateSession): Promise<Session> {
  const provider = requireProvider(env, request.recipe.provider);
  await refuse(env, request, provider);
  const volume = await ensureVolume(env, request, provider);
  const { tenant, agent } = request;
  const agentId = "id" in agent ? agent.id : (await env.store.agents.insert({ id: env.random.uuid(), tenant, config: agent.config })).id;
  try {
    return await env.store.sessions.insert({
      id: request.id ?? env.random.uuid(),
      tenant,
      agentId,
      volumeId: volume.id,
      settings: request.settings,
      limits: request.limits,
      sandbox: withoutSandbox(request.recipe, { hibernated: false }),
      wake: request.provision,
    });
  } catch (error) {
    // An agent that was made for this session alone goes with it; where the outcome is unknown, the session may be there and need it.
    if ("config" in agent && isAgentSdkError(error) && error.code !== "unknown_outcome") await env.store.agents.delete(agentId);
    throw error;
  }
}
