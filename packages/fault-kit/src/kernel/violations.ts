/** Something that must never be so, and was. */
export interface Violation {
  readonly invariant: string;
  readonly detail: string;
  /** Virtual milliseconds. */
  readonly at: number;
}

const maxKept = 50;

/** Recorded on the simulator, not only thrown: a `catch` in the code under test cannot swallow it. */
export class Violations {
  readonly list: Violation[] = [];
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  add(invariant: string, detail: string): void {
    if (this.list.length < maxKept) this.list.push({ invariant, detail, at: this.#now() });
  }

  check(holds: boolean, invariant: string, detail: () => string): void {
    if (!holds) this.add(invariant, detail());
  }
}

/** Counts of what happened in runs: a guard that never fires in all of them is code that nothing tested. */
export class Sometimes {
  readonly counts: Map<string, number> = new Map();

  add(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }
}
