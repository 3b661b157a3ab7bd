/**
 * Runs one piece of work for all who ask for it at the same time. It is aborted when the last of them has left, and only then.
 */
export class SharedWork<Result> {
  readonly #running = new Map<string, { readonly promise: Promise<Result>; readonly controller: AbortController; waiting: number }>();

  /** @throws the signal's reason as soon as `signal` aborts, whatever the others do. */
  async join(key: string, work: (signal: AbortSignal) => Promise<Result>, options: { readonly signal?: AbortSignal | undefined } = {}): Promise<Result> {
    options.signal?.throwIfAborted();
    const entry = this.#running.get(key) ?? this.#start(key, work);
    entry.waiting += 1;
    try {
      return await untilAborted(entry.promise, options.signal);
    } finally {
      entry.waiting -= 1;
      if (entry.waiting === 0) {
        // Forgotten at once: who comes next must not join work that is being aborted.
        if (this.#running.get(key) === entry) this.#running.delete(key);
        entry.controller.abort();
      }
    }
  }

  #start(key: string, work: (signal: AbortSignal) => Promise<Result>): { readonly promise: Promise<Result>; readonly controller: AbortController; waiting: number } {
    const controller = new AbortController();
    const promise = work(controller.signal);
    const entry = { promise, controller, waiting: 0 };
    this.#running.set(key, entry);
    const forget = (): void => {
      if (this.#running.get(key) === entry) this.#running.delete(key);
    };
    promise.then(forget, forget);
    return entry;
  }
}

async function untilAborted<Value>(promise: Promise<Value>, signal: AbortSignal | undefined): Promise<Value> {
  if (!signal) return promise;
  const left = Promise.withResolvers<never>();
  const leave = (): void => left.reject(signal.reason as Error);
  signal.addEventListener("abort", leave, { once: true });
  try {
    return await Promise.race([promise, left.promise]);
  } finally {
    signal.removeEventListener("abort", leave);
  }
}
