/**
 * The seams: everything that the pool, the store and the supervisor's core take from outside their own memory. One `Env` is made
 * per process; a simulation makes one per simulated process. A lint rule keeps those packages from reaching around it.
 */

/** Wall and monotonic time of this process. Leases never use it: their time is the database's. */
export interface Clock {
  /** Milliseconds since 1970, UTC. May jump. */
  now(): number;
  /** Milliseconds since some moment in this process's past, with fractions. Never goes back. */
  monotonic(): number;
}

/** A timer that was set. */
export interface Timer {
  /** Idempotent; after it the callback never runs. */
  cancel(): void;
}

export interface Timers {
  /** Runs `callback` once after `milliseconds`. A timer keeps the process alive unless `background` is set. */
  set(milliseconds: number, callback: () => void, options?: { readonly background?: boolean }): Timer;
}

export interface Random {
  /** A random UUID, version 4. */
  uuid(): string;
  /** A number in [0, 1). */
  number(): number;
  /** A secret of `bytes` random bytes, in base64url. */
  token(bytes: number): string;
}

/** Structured log lines. No value may hold a secret. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Time, randomness and logging: what every part needs. */
export interface RuntimeEnv {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly log: Logger;
}

/**
 * Resolves after `milliseconds` of the Env's time.
 * @throws the signal's reason when `signal` aborts first; the timer is then cancelled.
 */
export function sleep(env: Pick<RuntimeEnv, "timers">, milliseconds: number, options: { readonly signal?: AbortSignal | undefined } = {}): Promise<void> {
  const { signal } = options;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason as Error);
    const onAbort = (): void => {
      timer.cancel();
      reject(signal?.reason as Error);
    };
    const timer = env.timers.set(milliseconds, () => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    });
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}

/** A logger that drops everything. */
export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} };
