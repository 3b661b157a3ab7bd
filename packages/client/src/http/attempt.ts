import { ApiError } from "../errors.ts";

/** What a call is given up for: nothing came in time, or the connection broke. Both may pass. */
export function unreachable(message: string, cause: unknown): ApiError {
  return new ApiError("unreachable", message, { status: 0, retryable: true, cause });
}

/** The longest time that a runtime's timer can hold, in milliseconds: a longer one would fire at once. */
export const longestTimerMs = 2_147_483_647;

/**
 * One attempt of a call: a signal that aborts with the caller's, or when too much time passed. Linked by hand, because a signal made by `AbortSignal.any`
 * stays with the caller's signal for ever in Node 22.
 */
export class Attempt {
  readonly #controller = new AbortController();
  readonly #parent: AbortSignal | undefined;
  readonly #onAbort: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @throws the signal's reason when it is aborted already. */
  constructor(parent: AbortSignal | undefined, limitMs: number) {
    parent?.throwIfAborted();
    this.#parent = parent;
    this.#onAbort = () => this.#controller.abort(parent?.reason);
    parent?.addEventListener("abort", this.#onAbort, { once: true });
    if (limitMs > longestTimerMs) return;
    this.#timer = setTimeout(() => this.#controller.abort(unreachable(`The server did not answer within ${limitMs} ms.`, undefined)), limitMs);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The answer has begun: from now on only the caller aborts. */
  answered(): void {
    clearTimeout(this.#timer);
  }

  /** What to tell of a failure: the caller's own reason before anything else. */
  failure(cause: unknown, message: string): unknown {
    if (this.#parent?.aborted) return this.#parent.reason;
    if (this.signal.aborted) return this.signal.reason;
    return cause instanceof ApiError ? cause : unreachable(message, cause);
  }

  /** Ends what is still open of it, and leaves the caller's signal. */
  close(): void {
    clearTimeout(this.#timer);
    this.#parent?.removeEventListener("abort", this.#onAbort);
  }
}
