import type { Agent, CommitResult, JournalCursor, Logger, SandboxState, Session, SessionLimits, SessionSettings } from "@agent-sdk/core";
import { assertPhaseMove, ownEvent } from "@agent-sdk/core";
import type { JsonObject } from "@agent-sdk/core";
import type { Committer } from "../commit/committer.ts";
import type { Write } from "../commit/session-writer.ts";
import { SessionWriter } from "../commit/session-writer.ts";
import type { PoolEnv, PoolOptions } from "../env.ts";
import { untilKnown } from "../store-retry.ts";

/** What an owner reads when it takes a session. */
export interface OwnedRows {
  readonly session: Session;
  readonly agent: Agent;
  readonly limits: SessionLimits;
}

/**
 * What one ownership of one session is made of: its generation, through which every write goes, and the session's state as this owner last wrote it. As
 * long as the generation is current nobody else writes that state, so it needs no re-reading; when it is not, the next write fails with `superseded`.
 */
export class DriverContext {
  readonly env: PoolEnv;
  readonly options: PoolOptions;
  readonly log: Logger;
  readonly agent: Agent;
  readonly sessionId: string;
  readonly generation: number;
  readonly writer: SessionWriter;
  /** Aborts when this ownership ends, for whatever reason. */
  readonly closing: AbortController = new AbortController();
  sandbox: SandboxState;
  settings: SessionSettings;
  readonly limits: SessionLimits;
  innerSessionId: string | null;
  conversationStarted: boolean;
  /** How far the journal is stored, or on its way to be: where a connection to the run goes on. */
  journal: JournalCursor | null;
  /** When something last happened, on the monotonic clock. */
  lastActivity: number;
  /** When the session was last active before this ownership, in milliseconds since 1970. */
  readonly lastActiveBefore: number;
  readonly #committer: Committer;
  #refusal: unknown = null;
  readonly #onAppended: (seq: number) => void;

  constructor(env: PoolEnv, options: PoolOptions, committer: Committer, rows: OwnedRows, onAppended: (seq: number) => void) {
    const { session, agent, limits } = rows;
    this.env = env;
    this.options = options;
    this.log = env.log;
    this.agent = agent;
    this.sessionId = session.id;
    this.generation = session.head.generation;
    this.writer = new SessionWriter(session.id, session.head.generation);
    this.sandbox = session.sandbox;
    this.settings = session.settings;
    this.limits = limits;
    this.innerSessionId = session.innerSessionId;
    this.conversationStarted = session.conversationStarted;
    this.journal = session.head.journal;
    this.lastActivity = env.clock.monotonic();
    this.lastActiveBefore = session.lastActivityAt.getTime();
    this.#committer = committer;
    this.#onAppended = onAppended;
  }

  get signal(): AbortSignal {
    return this.closing.signal;
  }

  touch(): void {
    this.lastActivity = this.env.clock.monotonic();
  }

  /** Fenced, and in the order of the calls. @throws `superseded`, `conflict`; this ownership is then over. */
  async write(write: Write): Promise<Extract<CommitResult, { outcome: "committed" }>> {
    if (write.sandbox) {
      if (write.sandbox.phase !== this.sandbox.phase) assertPhaseMove(this.sandbox.phase, write.sandbox.phase);
      // At once: the next write builds on it, though this one is still on its way.
      this.sandbox = write.sandbox;
    }
    if (write.journal) this.journal = write.journal;
    const result = await this.#committer.write(this.writer, write).catch((error: unknown) => {
      this.#refusal ??= error;
      throw error;
    });
    if (write.innerSessionId !== undefined) this.innerSessionId = write.innerSessionId;
    if (write.conversationStarted !== undefined) this.conversationStarted = write.conversationStarted;
    return result;
  }

  /** The store holds events up to `seq` that did not come through {@link write}. */
  appended(seq: number): void {
    this.#onAppended(seq);
  }

  /**
   * Before anything is done to a sandbox. @throws what refused an earlier write: the state here is then ahead of the row, and what it says was never decided.
   */
  assertIntact(): void {
    if (this.#refusal !== null) throw this.#refusal;
  }

  /** Appends one of our own events; `rpcId` is the prompt that it happened for, null for none. */
  async announce(name: "restored" | "sandbox_changed", params: JsonObject, rpcId: string | null): Promise<void> {
    await this.write({ events: [{ rpcId, message: ownEvent(name, params) }] });
  }

  /** Whether this is still the session's owner, by the store. Asked where a sandbox says otherwise: what runs in it may have told it so. */
  async isCurrent(): Promise<boolean> {
    const head = await untilKnown(this.env, this.signal, () => this.env.store.sessions.head(this.sessionId));
    return head?.generation === this.generation;
  }

  fields(): { readonly session_id: string; readonly generation: number } {
    return { session_id: this.sessionId, generation: this.generation };
  }
}
