/**
 * Resolves after `milliseconds`.
 * @throws the signal's reason when it aborts first.
 */
export function delay(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason as Error);
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }, milliseconds);
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}

/** Settings of repeated attempts, in milliseconds. */
export interface RetryOptions {
  /** The longest pause before the second attempt; it doubles with each. Default 100. */
  readonly firstDelayMs?: number | undefined;
  /** Default 5,000. */
  readonly maxDelayMs?: number | undefined;
  /** How long to go on without one success before giving up. Default 300,000; `Infinity` never gives up. */
  readonly giveUpAfterMs?: number | undefined;
}

/** Growing pauses with jitter between attempts that fail in a row. */
export class Backoff {
  readonly #first: number;
  readonly #max: number;
  readonly #giveUp: number;
  #attempts = 0;
  #since: number | null = null;

  constructor(options: RetryOptions = {}) {
    this.#first = options.firstDelayMs ?? 100;
    this.#max = options.maxDelayMs ?? 5000;
    this.#giveUp = options.giveUpAfterMs ?? 300_000;
  }

  /** Something worked: the next failure is the first again. */
  succeeded(): void {
    this.#attempts = 0;
    this.#since = null;
  }

  /**
   * Waits before the next attempt, at least `minimumMs`.
   * @throws `error` when it has been tried for long enough, the signal's reason when that aborts.
   */
  async wait(error: unknown, options: { readonly minimumMs?: number | undefined; readonly signal: AbortSignal | undefined }): Promise<void> {
    const now = performance.now();
    this.#since ??= now;
    const ceiling = Math.min(this.#max, this.#first * 2 ** this.#attempts);
    const pause = Math.max(options.minimumMs ?? 0, ceiling * (0.5 + Math.random() / 2));
    if (now + pause - this.#since > this.#giveUp) throw error;
    this.#attempts += 1;
    await delay(pause, options.signal);
  }
}
