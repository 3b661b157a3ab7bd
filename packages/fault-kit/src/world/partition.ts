import type { Scheduler } from "../kernel/scheduler.ts";

/** Whether a process reaches the other side. A cut is noticed by open streams after a while, by calls at their next try. */
export class Partition {
  readonly #scheduler: Scheduler;
  readonly #onCut = new Set<() => void>();
  #until = 0;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  readonly isReachable = (): boolean => this.#scheduler.now >= this.#until;

  cut(milliseconds: number): void {
    this.#until = Math.max(this.#until, this.#scheduler.now + milliseconds);
    for (const told of this.#onCut) told();
  }

  /** @returns a function that stops it. */
  onCut(told: () => void): () => void {
    this.#onCut.add(told);
    return () => this.#onCut.delete(told);
  }
}
