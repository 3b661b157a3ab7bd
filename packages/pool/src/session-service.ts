import type { AgentConfig, ExecRequest, ExecResult, FileOperations, JsonObject, OnSandboxLoss, Prompt, Question, QuestionAnswer, SandboxRecipe, Session, SessionLimits, SessionSettings, StoredEvent } from "@agent-sdk/core";

/** What a caller gives to make a session. Names of agents, volumes and providers are resolved by the pool. */
export interface CreateSession {
  readonly tenant: string;
  /** A UUID; chosen by the pool when absent. */
  readonly id?: string | undefined;
  /** An existing agent's id, or the settings of a new one. */
  readonly agent: { readonly id: string } | { readonly config: AgentConfig };
  readonly settings: SessionSettings;
  readonly limits?: SessionLimits | undefined;
  readonly recipe: SandboxRecipe;
  /** Id or name; `default-<provider>` when absent, made when it is missing. */
  readonly volume?: string | undefined;
  /** Wait until a sandbox runs and the agent is ready. False: the first message brings it up. */
  readonly provision: boolean;
}

export interface NewMessage {
  /** Chosen by the pool when absent. Repeating a message with the same id is safe. */
  readonly rpcId?: string | undefined;
  readonly content: readonly JsonObject[];
  readonly interrupt?: boolean | undefined;
  readonly model?: string | undefined;
  readonly onSandboxLoss?: OnSandboxLoss | undefined;
}

export interface SubscribeOptions {
  /** Everything after this number; absent: from now on. */
  readonly after?: number | undefined;
  /** Only this prompt's events; the subscription then ends after its terminal frame. */
  readonly rpcId?: string | undefined;
  /** False: ends at what is committed now. Default true. */
  readonly follow?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Committed events in order, never one twice and never a gap, or why the subscription ends. */
export type FeedItem =
  | { readonly type: "events"; readonly events: readonly StoredEvent[] }
  /** Nothing follows. `lastSeq` is the position to come back with. */
  | { readonly type: "goodbye"; readonly reason: "draining" | "session_deleted" | "slow_reader"; readonly lastSeq: number };

/** A subscription that is attached: nothing that is committed from now on is missed. */
export interface Subscription {
  /** The position that it starts after. */
  readonly after: number;
  readonly items: AsyncIterable<FeedItem>;
}

export interface SessionStatus {
  readonly session: Session;
  readonly activePrompt: Prompt | null;
  readonly waiting: number;
  /** The agent's questions that nobody has answered. */
  readonly pendingPermissions: number;
  readonly subscribers: number;
  readonly idleSeconds: number;
  readonly owner: string | null;
}

export interface SandboxView {
  readonly provider: string;
  readonly ref: string | null;
  readonly status: "running" | "hibernated" | "missing";
  readonly root: string | null;
  readonly url: string | null;
  readonly markerPath: string | null;
}

/** One row of a session's log, derived from its stream. */
export interface LogRow {
  /** Grows along the log; the sequence number of the event that completed the row, and a part of one. */
  readonly id: number;
  readonly eventType: "assistant_message" | "error" | "reasoning" | "tool_call" | "tool_result" | "turn_end" | "usage" | "user_message";
  readonly payload: JsonObject;
  readonly createdAt: Date;
}

interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

/**
 * Everything that a server offers of sessions. Every method checks `tenant`: another tenant's session is `not_found`. Any replica can be asked;
 * what only the session's owner can do is written as an intent and done by it.
 */
export interface SessionService {
  /** With `provision`, aborting stops the waiting, not the work. @throws `conflict` when the id is taken. */
  create(request: CreateSession, options?: CallOptions): Promise<Session>;
  get(tenant: string, id: string): Promise<Session>;
  list(tenant: string, filter: { readonly status?: "active" | "hibernated" | undefined; readonly agentId?: string | undefined; readonly limit: number; readonly cursor?: string | undefined }): Promise<{ readonly items: readonly Session[]; readonly nextCursor: string | null }>;
  status(tenant: string, id: string): Promise<SessionStatus>;
  /** Never wakes a sandbox. */
  sandbox(tenant: string, id: string): Promise<SandboxView>;
  /** Resolves when the prompt is stored: from then on it reaches exactly one terminal state. */
  message(tenant: string, id: string, message: NewMessage): Promise<Prompt>;
  prompts(tenant: string, id: string, options?: { readonly limit?: number | undefined }): Promise<readonly Prompt[]>;
  /** Takes a waiting prompt out. @throws `conflict` when it runs or has ended. */
  withdraw(tenant: string, id: string, rpcId: string): Promise<Prompt>;
  /** Attaches before it resolves. @throws `cursor_expired`, `not_found`. */
  subscribe(tenant: string, id: string, options?: SubscribeOptions): Promise<Subscription>;
  /** Asks for the running prompt's end; null where none runs. It ends within a bounded time, whatever the agent does. */
  cancel(tenant: string, id: string): Promise<Prompt | null>;
  /** What the agent asked, oldest first: what is open, or everything. Never wakes. */
  permissions(tenant: string, id: string, options: { readonly status: "all" | "open"; readonly limit: number }): Promise<readonly Question[]>;
  /**
   * Answers one of the agent's questions, once. Resolves when the answer is stored: from then on the owner hands it to the agent.
   * @throws `not_found`, `conflict` when it is not open any more, `bad_request` with what is offered.
   */
  answerPermission(tenant: string, id: string, requestId: string, answer: QuestionAnswer, options?: { readonly caller?: string | undefined }): Promise<Question>;
  /** Brings the sandbox and the agent up, with changed settings where given, and waits for it. */
  resume(tenant: string, id: string, patch?: { readonly env?: Readonly<Record<string, string>> | undefined; readonly secrets?: Readonly<Record<string, string>> | undefined }, options?: CallOptions): Promise<Session>;
  /** Ends the compute and keeps the session. Idempotent; resolves when the compute is gone. */
  release(tenant: string, id: string, options?: CallOptions): Promise<Session>;
  /** Destroys the compute and deletes everything of the session. Resolves when it is done; unknown ids are success. */
  delete(tenant: string, id: string, options?: CallOptions): Promise<void>;
  /** Oldest first; the newest `limit` rows. */
  log(tenant: string, id: string, options: { readonly limit: number }): Promise<readonly LogRow[]>;
  /** Wakes a hibernated session. Aborting kills the command. */
  exec(tenant: string, id: string, request: ExecRequest, options?: CallOptions): Promise<ExecResult>;
  /** The files of the session's root. Wakes a hibernated session. */
  files(tenant: string, id: string, options?: CallOptions): Promise<FileOperations>;
  counts(): Promise<{ readonly sessions: number; readonly busy: number; readonly subscribers: number; readonly owned: number }>;
}

