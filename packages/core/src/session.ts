import type { JsonObject, JsonValue } from "./json.ts";
import type { SandboxState } from "./sandbox-state.ts";

/** What an agent is: its type and settings, replayed at every restore. Many sessions may share one. */
export interface AgentConfig {
  /** `claude`, `codex`, `opencode`, `gemini`, `demo`, another id of the catalogue, or `custom`. */
  readonly agentType: string;
  readonly name: string | null;
  readonly model: string | null;
  readonly mode: string | null;
  readonly thoughtLevel: string | null;
  /** For `custom`: what to start. */
  readonly command: { readonly path: string; readonly args: readonly string[]; readonly env: Readonly<Record<string, string>> } | null;
  /** ACP's own array form (https://agentclientprotocol.com/protocol/session-setup). */
  readonly mcpServers: readonly JsonObject[];
  readonly skills: JsonValue;
  readonly cliTools: readonly string[];
  readonly extraOptions: JsonObject;
}

export interface Agent {
  readonly id: string;
  readonly tenant: string;
  readonly config: AgentConfig;
  /** It is being deleted with its sessions: none can be made with it any more. */
  readonly deleting: boolean;
  readonly createdAt: Date;
}

export interface Volume {
  readonly id: string;
  readonly tenant: string;
  readonly name: string;
  readonly provider: string;
  /** Null until the provider has made it. */
  readonly providerRef: string | null;
  readonly status: "creating" | "ready" | "deleting";
  readonly createdAt: Date;
}

/** What happens to an agent's permission requests. Each decision is recorded in the stream with the policy that made it. */
export type PermissionPolicy = "allow" | "ask" | "deny";

/** The protocol's kinds of tool calls (https://agentclientprotocol.com/protocol/tool-calls). A call without one is `other`. */
export const toolKinds = ["read", "edit", "delete", "move", "search", "execute", "think", "fetch", "switch_mode", "other"] as const;

/** One rule of several: it decides when all of its conditions hold. What each is compared with is in the README of `@agent-sdk/pool`. */
export interface PermissionRule {
  /** The protocol's kind of tool call (https://agentclientprotocol.com/protocol/tool-calls). */
  readonly toolKind?: string | undefined;
  /** A pattern for the files that the call names. */
  readonly path?: string | undefined;
  /** A pattern for the command that the call runs. */
  readonly command?: string | undefined;
  readonly action: PermissionPolicy;
}

/** One policy for everything, or rules, of which the first that matches decides. */
export type Permissions = PermissionPolicy | readonly PermissionRule[];

/** What a session was given at its creation and never changes. */
export interface SessionLimits {
  /** How long a question of the agent may stay unanswered, in milliseconds; null: the server's setting. */
  readonly permissionTimeoutMs: number | null;
}

/** The settings of a session that its caller may change later. */
export interface SessionSettings {
  readonly cwd: string | null;
  readonly workspace: string | null;
  readonly env: Readonly<Record<string, string>>;
  /** Never in an answer, a log line or an event. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Null: what holds for a sandbox of its isolation. */
  readonly permissions: Permissions | null;
}

/** The narrow, often written part of a session: who drives it and how far its sequence goes. */
export interface SessionHead {
  readonly sessionId: string;
  /** Null when nobody drives it. */
  readonly ownerReplicaId: string | null;
  /** Whether that replica's heartbeat is alive, by the database's clock. */
  readonly ownerAlive: boolean;
  /** Grows by one at every change of owner. Before the first 0, or above those of a removed session of the same id. */
  readonly generation: number;
  /** The newest event's number, 0 when there is none. */
  readonly lastSeq: number;
  /** The oldest event that is kept; `lastSeq + 1` when there is none. */
  readonly firstSeq: number;
  /** How far the agent's journal is stored: the run and the last record's number in it. */
  readonly journal: JournalCursor | null;
}

export interface JournalCursor {
  readonly runId: string;
  readonly position: number;
}

/** What somebody asked of a session's owner and it has not done yet. Survives the owner. */
export interface SessionIntents {
  readonly release: boolean;
  readonly delete: boolean;
  /** A sandbox is wanted, though no prompt waits. */
  readonly wake: boolean;
}

export interface Session {
  readonly id: string;
  readonly tenant: string;
  readonly agentId: string;
  readonly volumeId: string;
  readonly settings: SessionSettings;
  readonly sandbox: SandboxState;
  /** The agent's own id of the conversation (ACP `sessionId`); kept over every sandbox. */
  readonly innerSessionId: string | null;
  /** True once a prompt was handed to the agent under `innerSessionId`: from then on a restore must not begin a new conversation unsaid. */
  readonly conversationStarted: boolean;
  readonly intents: SessionIntents;
  readonly createdAt: Date;
  readonly lastActivityAt: Date;
  readonly head: SessionHead;
}
