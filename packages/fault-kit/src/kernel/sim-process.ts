import type { Clock, Logger, Random, RuntimeEnv, Timers } from "@agent-sdk/core";
import { numberFor, type Choices } from "./choices.ts";
import type { Scheduled, Scheduler } from "./scheduler.ts";

/** Milliseconds since 1970 at which every run begins. */
export const epoch = 1_700_000_000_000;

/** UUIDs and tokens that depend on the seed and the owner's name alone. */
export function seededRandom(choices: Choices, owner: string): Random {
  let count = 0;
  const next = (): number => numberFor(choices.seed, `random:${owner}:${(count += 1)}`);
  const hex = (digits: number): string => Array.from({ length: digits }, () => Math.floor(next() * 16).toString(16)).join("");
  return {
    uuid: () => `${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(12)}`,
    number: next,
    token: (bytes) => hex(bytes * 2),
  };
}

/**
 * One incarnation of a simulated process. After its crash nothing of it happens any more: its timers do not ring and its promises never settle. While it is
 * paused everything that it would notice waits.
 */
export class SimProcess {
  readonly name: string;
  readonly #scheduler: Scheduler;
  readonly #onCrash: (() => void)[] = [];
  #isAlive = true;
  #resumesAt = 0;
  #skewMs = 0;
  #timers = 0;
  readonly env: RuntimeEnv;

  constructor(name: string, options: { readonly scheduler: Scheduler; readonly choices: Choices; readonly log: Logger }) {
    this.name = name;
    this.#scheduler = options.scheduler;
    const skew = options.choices.fault("clock_skew", name, 0.3);
    if (skew !== null) this.#skewMs = Math.round((skew - 0.5) * 7_200_000);
    const clock: Clock = { now: () => epoch + this.#scheduler.now + this.#skewMs, monotonic: () => this.#scheduler.now };
    const timers: Timers = { set: (milliseconds, callback) => this.#setTimer(milliseconds, callback) };
    this.env = { clock, timers, random: seededRandom(options.choices, name), log: options.log };
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  get isPaused(): boolean {
    return this.#resumesAt > this.#scheduler.now;
  }

  /** Timers that were set and have neither rung nor been cancelled. */
  get timers(): number {
    return this.#timers;
  }

  /** Calls `told` at the crash: whoever waits for this process learns that the connection is gone. @returns a function that stops it. */
  onCrash(told: () => void): () => void {
    this.#onCrash.push(told);
    return () => {
      const index = this.#onCrash.indexOf(told);
      if (index >= 0) this.#onCrash.splice(index, 1);
    };
  }

  crash(): void {
    if (!this.#isAlive) return;
    this.#isAlive = false;
    for (const told of this.#onCrash.splice(0)) told();
  }

  /** As SIGSTOP does, and SIGCONT after `milliseconds`. */
  pause(milliseconds: number): void {
    this.#resumesAt = Math.max(this.#resumesAt, this.#scheduler.now + milliseconds);
  }

  /** Runs `run` in the process after `milliseconds`: never after its crash, not before the end of a pause. */
  after(milliseconds: number, run: () => void): Scheduled {
    let pending: Scheduled = this.#scheduler.after(milliseconds, () => {
      const enter = (): void => {
        if (!this.#isAlive) return;
        if (this.#resumesAt > this.#scheduler.now) pending = this.#scheduler.after(this.#resumesAt - this.#scheduler.now, enter);
        else run();
      };
      enter();
    });
    return { cancel: () => pending.cancel() };
  }

  #setTimer(milliseconds: number, callback: () => void): { cancel(): void } {
    this.#timers += 1;
    let isOver = false;
    const end = (): void => {
      if (!isOver) this.#timers -= 1;
      isOver = true;
    };
    const scheduled = this.after(milliseconds, () => {
      end();
      callback();
    });
    return {
      cancel: () => {
        end();
        scheduled.cancel();
      },
    };
  }
}
