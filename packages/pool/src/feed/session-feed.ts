import type { StoredEvent } from "@agent-sdk/core";
import { EventWindow } from "./event-window.ts";

export type FeedEnd = "draining" | "session_deleted";

/** What this process knows of one session's committed sequence while somebody subscribes to it. */
export class SessionFeed {
  readonly sessionId: string;
  readonly #window = new EventWindow({ maxEvents: 16_384, maxBytes: 4 * 1024 * 1024 });
  readonly #waiting = new Set<() => void>();
  #known: number;
  #ended: FeedEnd | null = null;
  subscribers = 0;

  constructor(sessionId: string, known: number) {
    this.sessionId = sessionId;
    this.#known = known;
  }

  /** The highest number that is known to be committed. */
  get known(): number {
    return this.#known;
  }

  get ended(): FeedEnd | null {
    return this.#ended;
  }

  /** Events that this process committed. */
  publish(events: readonly StoredEvent[]): void {
    this.#window.push(events);
    this.notice(events.at(-1)?.seq ?? 0);
  }

  /** Rows up to `seq` are committed, by whomever. */
  notice(seq: number): void {
    if (seq <= this.#known) return;
    this.#known = seq;
    this.#wakeAll();
  }

  end(reason: FeedEnd): void {
    this.#ended ??= reason;
    this.#wakeAll();
  }

  /** Live events after `cursor`, or null: they must be read from the store. */
  recent(cursor: number, limit: number): readonly StoredEvent[] | null {
    return this.#window.after(cursor, limit);
  }

  /** Resolves when more than `cursor` is known, the feed ends or `signal` aborts. */
  async changed(cursor: number, signal: AbortSignal | undefined): Promise<void> {
    if (this.#known > cursor || this.#ended || signal?.aborted) return;
    await new Promise<void>((resolve) => {
      const finish = (): void => {
        this.#waiting.delete(finish);
        signal?.removeEventListener("abort", finish);
        resolve();
      };
      this.#waiting.add(finish);
      signal?.addEventListener("abort", finish, { once: true });
    });
  }

  #wakeAll(): void {
    for (const wake of this.#waiting) wake();
  }
}
