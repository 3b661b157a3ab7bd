import type { StoredEvent } from "@agent-sdk/core";

/** The newest committed events of one session, without gaps, bounded by count and text: what most subscribers need next. */
export class EventWindow {
  readonly #maxEvents: number;
  readonly #maxBytes: number;
  #events: StoredEvent[] = [];
  #start = 0;
  #bytes = 0;

  constructor(limits: { readonly maxEvents: number; readonly maxBytes: number }) {
    this.#maxEvents = limits.maxEvents;
    this.#maxBytes = limits.maxBytes;
  }

  get lastSeq(): number {
    return this.#events.at(-1)?.seq ?? 0;
  }

  /** Adds events that were just committed. A gap before them, rows that another replica wrote, begins the window anew. */
  push(events: readonly StoredEvent[]): void {
    const first = events[0];
    if (!first || first.seq <= this.lastSeq) return;
    if (this.lastSeq !== 0 && first.seq !== this.lastSeq + 1) this.#clear();
    for (const event of events) {
      this.#events.push(event);
      this.#bytes += event.message.length;
    }
    this.#trim();
  }

  /** Up to `limit` events after `cursor`; null when the window does not reach back that far. */
  after(cursor: number, limit: number): readonly StoredEvent[] | null {
    const oldest = this.#events[this.#start];
    if (!oldest || cursor < oldest.seq - 1) return null;
    const from = this.#start + (cursor - oldest.seq + 1);
    return this.#events.slice(from, from + limit);
  }

  #trim(): void {
    while (this.#events.length - this.#start > this.#maxEvents || (this.#bytes > this.#maxBytes && this.#events.length - this.#start > 1)) {
      this.#bytes -= this.#events[this.#start]?.message.length ?? 0;
      this.#start += 1;
    }
    // Moving the array at every event would cost what the window saves.
    if (this.#start > this.#maxEvents) {
      this.#events = this.#events.slice(this.#start);
      this.#start = 0;
    }
  }

  #clear(): void {
    this.#events = [];
    this.#start = 0;
    this.#bytes = 0;
  }
}
