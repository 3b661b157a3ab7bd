import type { Agent, AgentConfig, Page, PageRequest } from "@agent-sdk/core";

interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

/** A tenant's agents: settings that sessions are made with. Another tenant's agent is `not_found`, and so is one that is being deleted. */
export interface AgentService {
  /** @throws `bad_request` for an agent type that is not in the catalogue. */
  create(request: { readonly tenant: string; readonly config: AgentConfig }): Promise<Agent>;
  /** Newest first. */
  list(tenant: string, page: PageRequest): Promise<Page<Agent>>;
  get(tenant: string, id: string): Promise<Agent>;
  /**
   * Deletes its sessions, each after its sandbox, and then the agent. Resolves when all is gone. Aborting stops the waiting, not the work. The files that its
   * sessions left on their volumes stay.
   */
  delete(tenant: string, id: string, options?: CallOptions): Promise<void>;
}
