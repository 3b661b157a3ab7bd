import type { CreateOptions } from "@agent-sdk/core";

interface Task<Result> {
  readonly result: Promise<Result>;
  readonly abort: AbortController;
  readonly listeners: Set<(message: string) => void>;
  callers: number;
}

/** Work that several callers want at the same time is done once. It is aborted when the last of them has left. */
export class SharedWork<Result> {
  readonly #tasks = new Map<string, Task<Result>>();

  async run(key: string, options: CreateOptions, work: (options: Required<CreateOptions>) => Promise<Result>): Promise<Result> {
    options.signal?.throwIfAborted();
    const task = this.#tasks.get(key) ?? this.#start(key, work);
    if (options.onProgress) task.listeners.add(options.onProgress);
    task.callers += 1;
    const { promise: left, reject } = Promise.withResolvers<never>();
    const onAbort = (): void => reject(options.signal?.reason as Error);
    options.signal?.addEventListener("abort", onAbort, { once: true });
    try {
      return await Promise.race([task.result, left]);
    } finally {
      options.signal?.removeEventListener("abort", onAbort);
      if (options.onProgress) task.listeners.delete(options.onProgress);
      task.callers -= 1;
      if (task.callers === 0) task.abort.abort();
    }
  }

  #start(key: string, work: (options: Required<CreateOptions>) => Promise<Result>): Task<Result> {
    const abort = new AbortController();
    const listeners = new Set<(message: string) => void>();
    const tell = (message: string): void => {
      for (const listener of listeners) listener(message);
    };
    const result = work({ signal: abort.signal, onProgress: tell }).finally(() => {
      if (this.#tasks.get(key) === task) this.#tasks.delete(key);
    });
    const task: Task<Result> = { result, abort, listeners, callers: 0 };
    this.#tasks.set(key, task);
    // Whoever comes after the last has left must not join what is being aborted.
    abort.signal.addEventListener("abort", () => {
      if (this.#tasks.get(key) === task) this.#tasks.delete(key);
    });
    // When every caller has left, nobody else hears of its end.
    result.catch(() => undefined);
    return task;
  }
}
