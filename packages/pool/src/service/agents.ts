import type { Agent, AgentConfig, Page, PageRequest } from "@agent-sdk/core";
import { AgentSdkError } from "@agent-sdk/core";
import type { AgentService } from "../agent-service.ts";
import type { PoolEnv } from "../env.ts";
import type { RemoveSession } from "./remove-sessions.ts";
import { removeSessions } from "./remove-sessions.ts";

interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

function notFound(id: string): AgentSdkError {
  return new AgentSdkError("not_found", `There is no agent ${id}.`);
}

/** Agents by their rows. A deletion is a mark in the row first, which keeps new sessions out and is found again after a crash. */
export class Agents implements AgentService {
  readonly #env: PoolEnv;
  readonly #removeSession: RemoveSession;

  constructor(env: PoolEnv, removeSession: RemoveSession) {
    this.#env = env;
    this.#removeSession = removeSession;
  }

  async create({ tenant, config }: { readonly tenant: string; readonly config: AgentConfig }): Promise<Agent> {
    this.#env.catalogue.get(config.agentType);
    return this.#env.store.agents.insert({ id: this.#env.random.uuid(), tenant, config });
  }

  list(tenant: string, { limit, cursor }: PageRequest): Promise<Page<Agent>> {
    return this.#env.store.agents.list(tenant, { limit, cursor });
  }

  async get(tenant: string, id: string): Promise<Agent> {
    const agent = await this.#env.store.agents.get(id);
    if (!agent || agent.tenant !== tenant || agent.deleting) throw notFound(id);
    return agent;
  }

  async delete(tenant: string, id: string, options: CallOptions = {}): Promise<void> {
    const agent = await this.#env.store.agents.get(id);
    if (!agent || agent.tenant !== tenant) throw notFound(id);
    const doomed = await this.#env.store.agents.setDeleting(id);
    if (doomed) await this.finishDeletion(doomed, options);
  }

  /** From the mark to the end: its sessions, their sandboxes before them, its row. Safe to repeat. */
  async finishDeletion({ id }: Agent, options: CallOptions = {}): Promise<void> {
    await removeSessions(this.#env, this.#removeSession, { agentId: id }, options.signal);
    await this.#env.store.agents.delete(id);
  }
}
