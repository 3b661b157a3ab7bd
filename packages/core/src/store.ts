import type { KeyStore, TokenStore } from "./access-store.ts";
import { AgentSdkError } from "./errors.ts";
import type { NewEvent, StoredEvent } from "./event.ts";
import type { JsonObject, JsonValue } from "./json.ts";
import type { OnSandboxLoss, Prompt, PromptState } from "./prompt.ts";
import type { NewQuestion, Question, QuestionState, Verdict } from "./question.ts";
import type { SandboxPhase, SandboxState } from "./sandbox-state.ts";
import type { Agent, AgentConfig, JournalCursor, Session, SessionHead, SessionIntents, SessionLimits, SessionSettings, Volume } from "./session.ts";

/** A page of a list, newest first, and where the next begins. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

export interface PageRequest {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

export interface AgentStore {
  /** @throws `conflict` when the id is taken. */
  insert(agent: { readonly id: string; readonly tenant: string; readonly config: AgentConfig }): Promise<Agent>;
  get(id: string): Promise<Agent | null>;
  /** Those that are being deleted are left out. */
  list(tenant: string, page: PageRequest): Promise<Page<Agent>>;
  updateConfig(id: string, config: AgentConfig): Promise<Agent | null>;
  /** From then on no session can be made with it. Null when there is none. Idempotent. */
  setDeleting(id: string): Promise<Agent | null>;
  /** Those that are being deleted, of all tenants, in random order: whoever began it may have died. */
  listDeleting(limit: number): Promise<readonly Agent[]>;
  /** False when there is none. @throws `conflict` while sessions use it. */
  delete(id: string): Promise<boolean>;
}

export interface VolumeStore {
  /** @throws `conflict` when the tenant has one of that name at that provider. */
  insert(volume: { readonly id: string; readonly tenant: string; readonly name: string; readonly provider: string }): Promise<Volume>;
  get(id: string): Promise<Volume | null>;
  findByName(tenant: string, provider: string, name: string): Promise<Volume | null>;
  list(tenant: string, filter: { readonly provider?: string | undefined }, page: PageRequest): Promise<Page<Volume>>;
  /** Null when there is none, or when it is being deleted: what was made for it is then the caller's to destroy. */
  setReady(id: string, providerRef: string): Promise<Volume | null>;
  /**
   * From then on no session can be made on it. Null when there is none. Idempotent.
   * @throws `conflict` while sessions use it, unless `force`; nothing has changed then.
   */
  setDeleting(id: string, options?: { readonly force?: boolean | undefined }): Promise<Volume | null>;
  /** Those that are being made or deleted, of all tenants, in random order: whoever began it may have died. */
  listUnfinished(limit: number): Promise<readonly Volume[]>;
  /** False when there is none. @throws `conflict` while sessions use it. */
  delete(id: string): Promise<boolean>;
}

export interface NewSession {
  readonly id: string;
  readonly tenant: string;
  readonly agentId: string;
  readonly volumeId: string;
  readonly settings: SessionSettings;
  readonly sandbox: SandboxState;
  readonly wake: boolean;
  /** Further volumes that its sandbox mounts. They are in use as its own is. */
  readonly mountedVolumeIds?: readonly string[] | undefined;
  readonly limits?: SessionLimits | undefined;
}

export interface SessionFilter {
  readonly tenant?: string | undefined;
  readonly agentId?: string | undefined;
  /** Sessions that have their HOME on it or mount it. */
  readonly volumeId?: string | undefined;
  /** `active`: a sandbox runs or is wanted; `hibernated`: none. */
  readonly status?: "active" | "hibernated" | undefined;
}

/** What {@link SessionStore.findOwned} tells of a session. */
export interface OwnedSession {
  readonly sessionId: string;
  readonly hasWork: boolean;
}

export interface SessionStore {
  /**
   * With its head: no events, and generation 0, or one above the last of a removed session of this id, whose owner may still be about to write.
   * @throws `conflict` when the id is taken, or the agent or a volume is being deleted; `not_found` when one is missing.
   */
  insert(session: NewSession): Promise<Session>;
  get(id: string): Promise<Session | null>;
  head(id: string): Promise<SessionHead | null>;
  /** What the session was given at its creation; null where there is no session. */
  limits(id: string): Promise<SessionLimits | null>;
  /** Those with compute first, then by last activity. */
  list(filter: SessionFilter, page: PageRequest): Promise<Page<Session>>;
  count(): Promise<{ readonly sessions: number; readonly busy: number }>;
  /** Of all tenants. */
  countByPhase(): Promise<Readonly<Record<SandboxPhase, number>>>;
  /** For callers: not fenced, and never touches what the owner writes. */
  updateSettings(id: string, patch: Partial<SessionSettings>): Promise<Session | null>;
  /** Sets intents for the owner to see. Never clears any: only {@link CommitStore.commit} does. Also counts as activity for `wake`. */
  setIntents(id: string, intents: Partial<Record<keyof SessionIntents, true>>): Promise<Session | null>;
  /** Sessions that need an owner and have no live one: unfinished prompts, intents, or compute that nobody watches. In random order. */
  findUnowned(limit: number): Promise<readonly string[]>;
  /**
   * Every session that this replica owns by row and that is not at rest: an unfinished prompt, an intent, or compute. `hasWork`: it has something to do
   * at once, which is an intent, a waiting prompt and none running, a running one to be cancelled, or an answered question. At most `limit`; those with work come first,
   * each group in random order. A session at rest that a replica still owns is left out: nothing is to be done for it.
   */
  findOwned(replicaId: string, options: { readonly limit: number }): Promise<readonly OwnedSession[]>;
  /** Which of these sandbox ids a session refers to, at this moment. */
  findSandboxOwners(sandboxIds: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** Deletes the session with its events and prompts. Fenced: false when the generation is old or it is gone. */
  remove(id: string, generation: number): Promise<boolean>;
}

export interface NewPrompt {
  readonly sessionId: string;
  readonly rpcId: string;
  readonly content: readonly JsonObject[];
  readonly model: string | null;
  readonly onSandboxLoss: OnSandboxLoss;
  /** Also ask for the end of the oldest prompt that has not ended, the running one or the one that is about to run, in the same transaction. */
  readonly interrupt: boolean;
  /** Appended in the same transaction: the prompt's `prompt_queued` event. */
  readonly event: string;
}

/** How much may wait in a session's queue. A prompt that would exceed either is refused; what runs does not count. */
export const queueLimits: { readonly prompts: number; readonly bytes: number } = { prompts: 1_000, bytes: 32 * 1024 * 1024 };

/** How many prompts have not ended. */
export interface UnfinishedPrompts {
  readonly queued: number;
  readonly running: number;
}

/** What {@link PromptStore.count} tells of a session's unfinished prompts. */
export interface PromptCounts extends UnfinishedPrompts {
  /** Of the waiting prompts' contents, as JSON in UTF-8. */
  readonly queuedBytes: number;
}

/** The refusal of a prompt for which a session's queue has no room. */
export function queueFull(): AgentSdkError {
  const sentence = `The session's queue is full: at most ${queueLimits.prompts} prompts and ${queueLimits.bytes} bytes may wait.`;
  return new AgentSdkError("rate_limited", sentence, { details: { maxPrompts: queueLimits.prompts, maxBytes: queueLimits.bytes } });
}

export interface PromptStore {
  /**
   * Stores a prompt behind those that wait, with its event, in one transaction. A second call with the same `rpcId` and content answers the first
   * one's row and changes nothing, however full the queue is.
   * @throws `not_found` for an unknown session or one that is being deleted, `conflict` when the id is taken by another content, `rate_limited`
   * when it would exceed {@link queueLimits}.
   */
  enqueue(prompt: NewPrompt): Promise<{ readonly prompt: Prompt; readonly created: boolean; readonly seq: number | null }>;
  get(sessionId: string, rpcId: string): Promise<Prompt | null>;
  /** Of a session's unfinished prompts, by their states; zeros where there is no session. Reads no contents into memory. */
  count(sessionId: string): Promise<PromptCounts>;
  /** The unfinished prompts of each of these sessions, in one round trip; those without any are left out. */
  countEach(sessionIds: readonly string[]): Promise<ReadonlyMap<string, UnfinishedPrompts>>;
  /** The unfinished prompts of all sessions. */
  countAll(): Promise<UnfinishedPrompts>;
  /** By position. */
  list(sessionId: string, filter?: { readonly states?: readonly PromptState[]; readonly limit?: number }): Promise<readonly Prompt[]>;
  /** Marks the oldest prompt that has not ended, the running one or the one that is about to run, to be cancelled, and answers it; null where there is none. Idempotent. */
  requestCancel(sessionId: string): Promise<Prompt | null>;
  /** Takes a waiting prompt out, with its terminal event. @throws `conflict` when it is not `queued` any more, `not_found`. */
  cancelQueued(sessionId: string, rpcId: string, terminalEvent: string): Promise<{ readonly prompt: Prompt; readonly seq: number }>;
}

/** A prompt's move, in the transaction of the events that tell of it. */
export interface PromptMove {
  readonly rpcId: string;
  /** The state that it must be in; otherwise the whole commit is a `conflict`. */
  readonly from: PromptState;
  readonly to: PromptState;
  readonly stopReason?: string | undefined;
  readonly error?: JsonValue | undefined;
}

/** What an owner writes for one session, all or nothing. */
export interface Commit {
  /**
   * Random, per commit. Repeating the session's latest commit with the same id and generation changes nothing and answers what the first one did: so a
   * commit whose reply was lost is safe to repeat, as long as the owner sends one at a time per session.
   */
  readonly commitId: string;
  readonly sessionId: string;
  readonly generation: number;
  readonly events: readonly NewEvent[];
  readonly promptMove?: PromptMove | undefined;
  readonly journal?: JournalCursor | undefined;
  readonly sandbox?: SandboxState | undefined;
  readonly innerSessionId?: string | null | undefined;
  readonly conversationStarted?: boolean | undefined;
  readonly clearIntents?: readonly (keyof SessionIntents)[] | undefined;
  /** Counts as activity for the idle timer. */
  readonly activity?: boolean | undefined;
  /** The agent's questions that came with these events. One that is there already, by its run and position, is not stored again. */
  readonly questions?: readonly NewQuestion[] | undefined;
}

export type CommitResult =
  | { readonly outcome: "committed"; readonly firstSeq: number; readonly lastSeq: number; readonly createdAt: Date }
  /** The generation is old, or the session is gone. Nothing was written. */
  | { readonly outcome: "superseded" }
  /** The prompt was not in the state that the move demands. Nothing was written. */
  | { readonly outcome: "conflict" };

export interface CommitStore {
  /**
   * Writes the commits of several sessions together, in one round trip where their parts allow. Each session's is atomic by itself: a fenced or
   * conflicting one does not fail its neighbours. At most one commit per session in a call. Results in the order given.
   * @throws `unknown_outcome` when the connection broke on the way: repeat with the same ids. `unavailable` when nothing was sent.
   */
  commit(commits: readonly Commit[]): Promise<readonly CommitResult[]>;
}

/** A decision about an open question. */
export interface QuestionDecision {
  readonly sessionId: string;
  readonly questionId: string;
  readonly verdict: Verdict;
  /** `lost`: nobody is there to take it. */
  readonly to: "answered" | "lost";
  /** Appended in the same transaction, as an event of the question's prompt while that runs, and of the session otherwise. */
  readonly event: string;
  /** Given by an owner: fenced. Absent for callers. */
  readonly generation?: number | undefined;
}

/** What the agent asked. Rows are made by {@link CommitStore.commit}, together with the events that tell of them. */
export interface QuestionStore {
  get(sessionId: string, questionId: string): Promise<Question | null>;
  /** Oldest first. */
  list(sessionId: string, filter?: { readonly states?: readonly QuestionState[] | undefined; readonly limit?: number | undefined }): Promise<readonly Question[]>;
  countOpen(sessionId: string): Promise<number>;
  /**
   * Decides an open question, once: of several calls at the same time one is `decided`. `closed`: it was not open any more; `question` says how it
   * stands. `superseded`: the generation is old. Counts as activity.
   * @throws `not_found`
   */
  decide(decision: QuestionDecision): Promise<
    | { readonly outcome: "decided"; readonly question: Question; readonly seq: number }
    | { readonly outcome: "closed"; readonly question: Question }
    | { readonly outcome: "superseded" }
  >;
  /** Moves an answered question to its end. Fenced; false when the generation is old or it is not `answered`. */
  settle(sessionId: string, questionId: string, to: "delivered" | "lost", generation: number): Promise<boolean>;
}

export interface EventStore {
  /**
   * Committed events with `seq > after`, in order, at most `limit` and about `maxBytes` of text (at least one where there is one).
   * @throws `cursor_expired` with `details.first_seq` when events after the position were deleted by retention; `not_found` for an unknown session.
   */
  read(sessionId: string, options: { readonly after: number; readonly limit: number; readonly maxBytes?: number; readonly rpcId?: string | undefined }): Promise<readonly StoredEvent[]>;
  /** The newest number of each session; missing ones are left out. One round trip for all. */
  lastSeqs(sessionIds: readonly string[]): Promise<ReadonlyMap<string, number>>;
}

export interface Replica {
  readonly replicaId: string;
  readonly url: string | null;
  readonly alive: boolean;
}

/** The time of every lease is the database's. A replica's heartbeat keeps all of its leases; generations fence each session by itself. */
export interface LeaseStore {
  /** Registers this process. Ids are never reused. */
  registerReplica(replica: { readonly replicaId: string; readonly url: string | null; readonly ttlMs: number }): Promise<void>;
  /** `superseded`: the row is gone, everything that this replica owned is lost; register anew under another id. Throwing means unknown. */
  renewReplica(replicaId: string, ttlMs: number): Promise<"renewed" | "superseded">;
  /** Removes the replica and lets go of all its leases: others may take them at once. Idempotent. */
  retireReplica(replicaId: string): Promise<void>;
  listReplicas(): Promise<readonly Replica[]>;
  /**
   * Takes the session when nobody holds it, its holder's heartbeat is over, or the holder is the caller itself. The generation then grows by one.
   * `expired`: the caller's own heartbeat is over, it may not take anything.
   */
  acquire(sessionId: string, replicaId: string): Promise<
    | { readonly outcome: "acquired"; readonly session: Session }
    | { readonly outcome: "held"; readonly replicaId: string; readonly url: string | null }
    | { readonly outcome: "expired" }
    | { readonly outcome: "missing" }
  >;
  /** Lets go. `superseded` when the generation is old: somebody has it already. */
  release(sessionId: string, generation: number): Promise<"released" | "superseded">;
}

export interface StoredAnswer {
  readonly status: number;
  readonly body: JsonValue;
}

export interface IdempotencyStore {
  /**
   * `new`: the caller runs the request and completes it. `running`: another call with this key is under way. `done`: repeat this answer.
   * `mismatch`: the key was used with another request. A `running` one older than `staleMs` by the database's clock is given out as `new` again.
   */
  begin(entry: { readonly tenant: string; readonly key: string; readonly requestHash: string; readonly staleMs: number }): Promise<
    { readonly outcome: "new" } | { readonly outcome: "running" } | { readonly outcome: "mismatch" } | { readonly outcome: "done"; readonly answer: StoredAnswer }
  >;
  complete(tenant: string, key: string, answer: StoredAnswer): Promise<void>;
  /** Forgets a request that failed before it did anything, so that the key can be used again. */
  abandon(tenant: string, key: string): Promise<void>;
  /** Deletes entries older than `olderThanMs`; answers how many. */
  expire(olderThanMs: number): Promise<number>;
}

/**
 * Everything durable. All implementations pass the contract suite of `@agent-sdk/core/contract`. Reads see every write whose promise has resolved.
 * Errors besides the named ones: `unavailable` when the database cannot be reached and nothing was written; `unknown_outcome` when a write's reply was lost.
 */
export interface Store extends AsyncDisposable {
  /** Brings the schema up to date. Safe when several processes do it at once. */
  migrate(): Promise<void>;
  /** Cheap: whether the database answers. @throws `unavailable` */
  ping(): Promise<void>;
  /**
   * A random word that was made once for this database, by its migrations, and never changes; a name by `[A-Za-z0-9-]{36}`. All that share the database
   * read the same. A copy of a database has its original's.
   */
  deploymentId(): Promise<string>;
  readonly agents: AgentStore;
  readonly volumes: VolumeStore;
  readonly sessions: SessionStore;
  readonly prompts: PromptStore;
  readonly commits: CommitStore;
  readonly events: EventStore;
  readonly questions: QuestionStore;
  readonly leases: LeaseStore;
  readonly idempotency: IdempotencyStore;
  readonly keys: KeyStore;
  readonly tokens: TokenStore;
}
