import type { CommitResult, StoredEvent } from "@agent-sdk/core";
import { AgentSdkError, describeError, isAgentSdkError, sleep } from "@agent-sdk/core";
import type { BackgroundTasks } from "../background.ts";
import type { PoolEnv } from "../env.ts";
import type { Bundle, SessionWriter, Write } from "./session-writer.ts";

/** Text that one call to the store may carry: bounds the time that a call takes, and so everybody's wait. */
const maxBytesPerCall = 2 * 1024 * 1024;
const retryDelaysMs: readonly number[] = [20, 50, 100, 250, 500, 1000];

interface Prepared {
  readonly writer: SessionWriter;
  readonly bundle: Bundle;
}

/**
 * Group commit: while one call to the store is in flight, the writes of all sessions collect for the next. An idle stream pays one round trip, a busy
 * one almost nothing. What is committed, and only that, goes to `onCommitted`.
 */
export class Committer {
  readonly #env: Pick<PoolEnv, "random" | "store" | "timers" | "log">;
  readonly #background: BackgroundTasks;
  readonly #onCommitted: (events: readonly StoredEvent[]) => void;
  #dirty = new Set<SessionWriter>();
  readonly #closing = new AbortController();
  #running = false;

  constructor(env: Pick<PoolEnv, "random" | "store" | "timers" | "log">, background: BackgroundTasks, onCommitted: (events: readonly StoredEvent[]) => void) {
    this.#env = env;
    this.#background = background;
    this.#onCommitted = onCommitted;
  }

  /**
   * Adds a write behind the session's earlier ones. Resolves when it is committed.
   * @throws AgentSdkError `superseded` when the session has another owner, `conflict` when a prompt was not in the expected state.
   */
  async write(writer: SessionWriter, write: Write): Promise<Extract<CommitResult, { outcome: "committed" }>> {
    const done = writer.add(write);
    this.#dirty.add(writer);
    if (!this.#running) {
      this.#running = true;
      this.#background.run("commit", () => this.#drain());
    }
    const result = await done;
    if (result.outcome === "committed") return result;
    if (result.outcome === "superseded") throw new AgentSdkError("superseded", "Another server owns this session now.");
    throw new AgentSdkError("conflict", "The prompt was not in the expected state.");
  }

  async #drain(): Promise<void> {
    try {
      // Whatever else is ready in this turn of the event loop joins the first call.
      await Promise.resolve();
      for (let prepared = this.#prepare(); prepared.length > 0; prepared = this.#prepare()) await this.#send(prepared);
    } finally {
      this.#running = false;
    }
  }

  /** One commit per session that has something, the longest waiting first. */
  #prepare(): Prepared[] {
    const prepared: Prepared[] = [];
    const waiting = this.#dirty;
    this.#dirty = new Set();
    let bytes = 0;
    for (const writer of waiting) {
      const bundle = bytes < maxBytesPerCall ? writer.take(this.#env.random.uuid(), maxBytesPerCall - bytes) : null;
      if (bundle) prepared.push({ writer, bundle });
      bytes += bundle?.bytes ?? 0;
      // In the next call, behind the others: no session's flood starves a neighbour.
      if (writer.hasWaiting) this.#dirty.add(writer);
    }
    return prepared;
  }

  async #send(prepared: readonly Prepared[]): Promise<void> {
    try {
      const results = await this.#commitUntilKnown(prepared.map(({ bundle }) => bundle));
      prepared.forEach((one, index) => this.#settle(one, results[index] ?? { outcome: "superseded" }));
    } catch (error) {
      // Something in one of them cannot be written at all. Its neighbours must not suffer: each by itself.
      if (prepared.length > 1 && !this.#closing.signal.aborted) {
        for (const one of prepared) await this.#send([one]);
      } else {
        for (const { writer, bundle } of prepared) writer.fail(bundle, error);
      }
    }
  }

  #settle({ writer, bundle }: Prepared, result: CommitResult): void {
    // Subscribers first: who awaits the write may rely on its events being on their way.
    if (result.outcome === "committed") this.#onCommitted(storedEvents(bundle, result));
    writer.settle(bundle, result);
    if (result.outcome === "superseded") writer.close(new AgentSdkError("superseded", "Another server owns this session now."));
  }

  /** Repeats the very same commits until the store has answered: they are idempotent by their ids, so an unknown outcome becomes a known one. */
  async #commitUntilKnown(bundles: readonly Bundle[]): Promise<readonly CommitResult[]> {
    const commits = bundles.map((bundle) => bundle.commit);
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await this.#env.store.commits.commit(commits);
      } catch (error) {
        if (!isAgentSdkError(error, "unavailable") && !isAgentSdkError(error, "unknown_outcome")) throw error;
        this.#env.log.warn({ error: describeError(error), attempt, sessions: commits.length }, "a commit has no answer yet; repeating it");
        await sleep(this.#env, retryDelaysMs[Math.min(attempt, retryDelaysMs.length - 1)] ?? 1000, { signal: this.#closing.signal });
      }
    }
  }

  /** Stops repeating what has no answer: the process ends, and the next owner reads what happened. */
  close(): void {
    this.#closing.abort(new AgentSdkError("draining", "The server is shutting down."));
  }
}

function storedEvents(bundle: Bundle, result: Extract<CommitResult, { outcome: "committed" }>): readonly StoredEvent[] {
  const { sessionId, events } = bundle.commit;
  return events.map((event, index) => ({ sessionId, seq: result.firstSeq + index, rpcId: event.rpcId, message: event.message, createdAt: result.createdAt }));
}
