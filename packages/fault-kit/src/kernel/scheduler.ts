interface Entry {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

/** A handle on something that is going to happen. */
export interface Scheduled {
  /** Idempotent; after it the event never happens. */
  cancel(): void;
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

/** A binary heap: events by time, and by the order in which they were set where times are equal. */
class EventHeap {
  readonly #entries: Entry[] = [];

  get size(): number {
    return this.#entries.length;
  }

  push(entry: Entry): void {
    const heap = this.#entries;
    let index = heap.push(entry) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!isBefore(entry, heap[parent]!)) break;
      heap[index] = heap[parent]!;
      index = parent;
    }
    heap[index] = entry;
  }

  pop(): Entry | undefined {
    const heap = this.#entries;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child += 1;
      if (!isBefore(heap[child]!, last)) break;
      heap[index] = heap[child]!;
      index = child;
    }
    heap[index] = last;
    return first;
  }
}

/**
 * Virtual time and the one queue of everything that happens. Between two events every promise that can settle has settled, so a run depends on nothing but
 * its choices: neither on the machine's speed nor on its clock.
 */
export class Scheduler {
  readonly #heap = new EventHeap();
  #now = 0;
  #order = 0;
  #steps = 0;

  /** Milliseconds of virtual time since the run began. */
  get now(): number {
    return this.#now;
  }

  /** Events that happened. */
  get steps(): number {
    return this.#steps;
  }

  /** Runs `run` in `milliseconds` of virtual time. */
  after(milliseconds: number, run: () => void): Scheduled {
    let isCancelled = false;
    const at = this.#now + Math.max(0, milliseconds);
    this.#order += 1;
    this.#heap.push({
      at,
      order: this.#order,
      run: () => {
        if (!isCancelled) run();
      },
    });
    return {
      cancel: () => {
        isCancelled = true;
      },
    };
  }

  /**
   * Lets everything happen up to the virtual time `until`, or until `done` says so between two events.
   * @returns false when `maxSteps` events were not enough.
   */
  async run(options: { readonly until: number; readonly maxSteps: number; readonly done?: () => boolean }): Promise<boolean> {
    await settled();
    while (this.#heap.size > 0) {
      if (options.done?.()) return true;
      if (this.#steps >= options.maxSteps) return false;
      const entry = this.#heap.pop()!;
      if (entry.at > options.until) {
        this.#heap.push(entry);
        break;
      }
      this.#now = entry.at;
      this.#steps += 1;
      entry.run();
      await settled();
    }
    this.#now = Math.max(this.#now, options.done === undefined ? options.until : this.#now);
    return true;
  }
}

/** Node runs what `setImmediate` was given only when no microtask is left (https://nodejs.org/api/timers.html). */
function settled(): Promise<void> {
  // oxlint-disable-next-line no-restricted-globals -- the kernel is what stands behind the seams
  return new Promise((resolve) => setImmediate(resolve));
}
