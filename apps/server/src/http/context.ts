import type { AgentType } from "@agent-sdk/agents";
import type { Logger } from "@agent-sdk/core";
import { AgentSdkError } from "@agent-sdk/core";
import { isUuid } from "@agent-sdk/core/api";
import type { AdminService, AgentService, SessionService, VolumeService } from "@agent-sdk/pool";
import type { HttpBindings } from "@hono/node-server";
import type { Context, Hono } from "hono";
import type { Access } from "../access/access.ts";
import type { Caller } from "../access/caller.ts";

/** What Hono carries through a request. */
export interface ServerEnv {
  Bindings: HttpBindings;
  Variables: {
    requestId: string;
    /** Whose sessions the caller may see. */
    tenant: string;
    /** Null only on routes that answer everybody. */
    caller: Caller | null;
  };
}

export type App = Hono<ServerEnv>;
export type RequestContext = Context<ServerEnv>;

/** Limits of event streams. */
export interface StreamLimits {
  /** How long a reader may take nothing before it is cut off, in milliseconds. */
  readonly stallMs: number;
  /** Idle time after which a comment is sent, in milliseconds. */
  readonly heartbeatMs: number;
}

/** Everything that routes need besides the request. */
export interface RouteDependencies {
  readonly service: SessionService;
  /** What the pool offers beside sessions. */
  readonly pool: { readonly admin: AdminService; readonly agents: AgentService; readonly volumes: VolumeService };
  readonly access: Access;
  readonly log: Logger;
  readonly version: string;
  readonly stream: StreamLimits;
  /** Variables that a session's `env` may not hold, beside those that every server knows: the catalogue's. */
  readonly credentialNames: ReadonlySet<string>;
  /** The catalogue, with what is installed now. */
  readonly agentTypes: () => Promise<readonly AgentType[]>;
  /** Where sandboxes are made that a session does not say it of; `unix_local` unless it is given. */
  readonly defaultProvider?: string | undefined;
}

/**
 * The session of the path, not yet looked up.
 * @throws AgentSdkError `not_found` for what cannot be an id.
 */
export function sessionIdOf(context: RequestContext): string {
  const id = context.req.param("id") ?? "";
  if (!isUuid(id)) throw new AgentSdkError("not_found", "There is no such session.");
  return id.toLowerCase();
}
