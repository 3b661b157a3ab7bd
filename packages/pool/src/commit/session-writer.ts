import type { Commit, CommitResult, JournalCursor, NewEvent, NewQuestion, PromptMove, SandboxState, SessionIntents } from "@agent-sdk/core";
import type { Deferred } from "../signals.ts";
import { deferred } from "../signals.ts";

/** What an owner wants written, in the order in which it asked. */
export interface Write {
  readonly events?: readonly NewEvent[];
  readonly journal?: JournalCursor;
  readonly promptMove?: PromptMove;
  readonly sandbox?: SandboxState;
  readonly innerSessionId?: string | null;
  readonly conversationStarted?: boolean;
  readonly clearIntents?: readonly (keyof SessionIntents)[];
  readonly activity?: boolean;
  readonly questions?: readonly NewQuestion[];
}

interface Pending {
  readonly write: Write;
  readonly bytes: number;
  readonly done: Deferred<CommitResult>;
}

/** A commit that was put together, and whom to tell. It is sent again unchanged when its outcome is unknown. */
export interface Bundle {
  readonly commit: Commit;
  readonly bytes: number;
  readonly parts: readonly Pending[];
}

/** A journal batch only adds events and questions and moves the cursor: any number of them fit into one commit. */
function isPlain(write: Write): boolean {
  return write.promptMove === undefined && write.sandbox === undefined && write.innerSessionId === undefined && write.conversationStarted === undefined && write.clearIntents === undefined;
}

/** The writes of one session that wait for their commit. */
export class SessionWriter {
  readonly sessionId: string;
  readonly generation: number;
  #waiting: Pending[] = [];
  #bytes = 0;
  #drained: Deferred<void> | null = null;
  #closed: unknown = null;

  constructor(sessionId: string, generation: number) {
    this.sessionId = sessionId;
    this.generation = generation;
  }

  get hasWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  add(write: Write): Promise<CommitResult> {
    if (this.#closed) return Promise.reject(this.#closed);
    const bytes = (write.events ?? []).reduce((sum, event) => sum + event.message.length, 0);
    const done = deferred<CommitResult>();
    this.#waiting.push({ write, bytes, done });
    this.#bytes += bytes;
    return done.promise;
  }

  /** Resolves when less than `limit` bytes wait: how a fast agent is slowed down to what the store takes. */
  async below(limit: number): Promise<void> {
    while (this.#bytes > limit && !this.#closed) {
      this.#drained ??= deferred<void>();
      await this.#drained.promise;
    }
  }

  /** Takes what can go in one commit: plain writes, up to and including the first that is more, which a conflict would otherwise spread to. */
  take(commitId: string, maxBytes: number): Bundle | null {
    const parts: Pending[] = [];
    let bytes = 0;
    for (const pending of this.#waiting) {
      if (parts.length > 0 && bytes + pending.bytes > maxBytes) break;
      parts.push(pending);
      bytes += pending.bytes;
      if (!isPlain(pending.write)) break;
    }
    if (parts.length === 0) return null;
    this.#waiting = this.#waiting.slice(parts.length);
    return { parts, bytes, commit: merge(this.sessionId, this.generation, commitId, parts) };
  }

  settle(bundle: Bundle, result: CommitResult): void {
    this.#release(bundle.bytes);
    for (const part of bundle.parts) part.done.resolve(result);
  }

  /** This bundle cannot be written, nor anything after it: order is kept by ending. */
  fail(bundle: Bundle, error: unknown): void {
    this.#release(bundle.bytes);
    for (const part of bundle.parts) part.done.reject(error);
    this.close(error);
  }

  /** Refuses what waits and all that comes: the session belongs to somebody else, or the pool closes. */
  close(reason: unknown): void {
    this.#closed ??= reason;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const pending of waiting) {
      this.#release(pending.bytes);
      pending.done.reject(this.#closed);
    }
    this.#drained?.resolve();
  }

  #release(bytes: number): void {
    this.#bytes -= bytes;
    this.#drained?.resolve();
    this.#drained = null;
  }
}

function merge(sessionId: string, generation: number, commitId: string, parts: readonly Pending[]): Commit {
  const writes = parts.map((part) => part.write);
  const last = writes.at(-1) ?? {};
  const journal = writes.findLast((write) => write.journal)?.journal;
  return {
    commitId,
    sessionId,
    generation,
    events: writes.flatMap((write) => write.events ?? []),
    journal,
    activity: writes.some((write) => write.activity),
    questions: writes.flatMap((write) => write.questions ?? []),
    promptMove: last.promptMove,
    sandbox: last.sandbox,
    innerSessionId: last.innerSessionId,
    conversationStarted: last.conversationStarted,
    clearIntents: last.clearIntents,
  };
}
