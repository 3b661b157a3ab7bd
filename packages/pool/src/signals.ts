import type { RuntimeEnv, Timer } from "@agent-sdk/core";
import { AgentSdkError } from "@agent-sdk/core";

/** A promise with its ends outside. */
export interface Deferred<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(reason: unknown): void;
}

export function deferred<T>(): Deferred<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  // Who waits sees the rejection; that nobody waits yet is no fault.
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}

/** A flag that one waits for: raised any number of times, seen once by the next wait. */
export class Wake {
  #raised = false;
  #waiter: (() => void) | null = null;

  raise(): void {
    this.#raised = true;
    const waiter = this.#waiter;
    this.#waiter = null;
    waiter?.();
  }

  /** Resolves when the flag is or becomes raised, or `milliseconds` later, and lowers it. For one waiter at a time. */
  async wait(env: Pick<RuntimeEnv, "timers">, milliseconds?: number): Promise<void> {
    if (!this.#raised) {
      await new Promise<void>((resolve) => {
        let timer: Timer | null = null;
        this.#waiter = () => {
          timer?.cancel();
          resolve();
        };
        if (milliseconds !== undefined) timer = env.timers.set(milliseconds, () => this.raise());
      });
    }
    this.#raised = false;
  }
}

/**
 * Runs `work` with a signal that aborts when `signal` does or after `milliseconds`.
 * @throws AgentSdkError `timeout` when the time was over before the work was.
 */
export async function withDeadline<T>(env: Pick<RuntimeEnv, "timers">, milliseconds: number, what: string, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  const controller = new AbortController();
  const timer = env.timers.set(milliseconds, () => controller.abort(new AgentSdkError("timeout", `${what} took longer than ${Math.round(milliseconds / 1000)} s.`)));
  const onAbort = (): void => controller.abort(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await rejectOnAbort(work(controller.signal), controller.signal);
  } finally {
    timer.cancel();
    signal.removeEventListener("abort", onAbort);
  }
}

/** The promise's result, or the signal's reason as soon as it aborts. The work itself goes on or stops by its own use of the signal. */
export function rejectOnAbort<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  return new Promise<T>((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort)).catch(() => undefined);
  });
}
