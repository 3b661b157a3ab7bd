import { longestTimerMs } from "./attempt.ts";

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
    const timer = setTimeout(
      () => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      },
      Math.min(milliseconds, longestTimerMs),
    );
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}

/** An attempt that failed, and what is done about it. */
export interface RetryNotice {
  readonly error: Error;
  /** How many attempts failed in a row. */
  readonly attempt: number;
  /** The pause before the next, in milliseconds. */
  readonly delayMs: number;
}

/** Settings of repeated attempts, in milliseconds. */
export interface RetryOptions {
  /** The longest pause before the second attempt; it doubles with each. Default 100. */
  readonly firstDelayMs?: number | undefined;
  /** The longest pause at all, unless the server asks for a longer one by `Retry-After`. Default 5,000. */
  readonly maxDelayMs?: number | undefined;
  /** How long a call is repeated without success before its error is given. Default 30,000; 0 never repeats, `Infinity` never gives up. */
  readonly giveUpAfterMs?: number | undefined;
  /** The same for a stream that was open before. Default 300,000, or `giveUpAfterMs` where that is given. */
  readonly streamGiveUpAfterMs?: number | undefined;
  /** Called before each pause. What it throws ends the attempts. */
  readonly onRetry?: ((notice: RetryNotice) => void) | undefined;
}

interface Failure {
  readonly error: Error;
  /** What the server asked for, in seconds. */
  readonly retryAfter: number | null;
  readonly signal: AbortSignal | undefined;
}

/** Growing pauses with jitter between attempts that fail in a row. */
export class Backoff {
  readonly #options: RetryOptions;
  #giveUpAfterMs: number;
  #attempts = 0;
  #since: number | null = null;

  constructor(options: RetryOptions = {}) {
    this.#options = options;
    this.#giveUpAfterMs = options.giveUpAfterMs ?? 30_000;
  }

  /** The server took the call: from now on a stream's longer patience holds. That alone is no success: it may end at once, again and again. */
  connected(): void {
    this.#giveUpAfterMs = this.#options.streamGiveUpAfterMs ?? this.#options.giveUpAfterMs ?? 300_000;
  }

  /** Something came: the next failure is the first again. */
  succeeded(): void {
    this.#attempts = 0;
    this.#since = null;
  }

  /**
   * Waits before the next attempt.
   * @throws the failure's error when it has been tried for long enough, the signal's reason when that aborts.
   */
  async wait({ error, retryAfter, signal }: Failure): Promise<void> {
    const { firstDelayMs = 100, maxDelayMs = 5000, onRetry } = this.#options;
    const now = performance.now();
    this.#since ??= now;
    const ceiling = Math.min(maxDelayMs, firstDelayMs * 2 ** this.#attempts);
    const delayMs = Math.max((retryAfter ?? 0) * 1000, ceiling * (0.5 + Math.random() / 2));
    if (now + delayMs - this.#since > this.#giveUpAfterMs) throw error;
    this.#attempts += 1;
    onRetry?.({ error, attempt: this.#attempts, delayMs });
    await delay(delayMs, signal);
  }
}
