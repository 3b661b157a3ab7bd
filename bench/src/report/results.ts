import type { SystemName } from "../systems/system.ts";
import type { Target } from "./targets.ts";

export type Unit = "ms" | "updates/s" | "updates" | "MB";

/** One line of the table: the same thing measured on several systems. */
export interface Row {
  readonly title: string;
  readonly unit: Unit;
  /** What is required of which systems. */
  readonly target?: Target;
}

/** Every sample of every row. What a sample is (one call, or the median of one repetition) is the measurement's business, and said in its title. */
export class Results {
  readonly #rows = new Map<string, { readonly row: Row; readonly samples: Map<SystemName, number[]> }>();
  readonly notes: string[] = [];

  add(row: Row, system: SystemName, ...values: readonly number[]): void {
    const entry = this.#rows.get(row.title) ?? { row, samples: new Map<SystemName, number[]>() };
    this.#rows.set(row.title, entry);
    entry.samples.set(system, [...(entry.samples.get(system) ?? []), ...values]);
  }

  get rows(): readonly { readonly row: Row; readonly samples: ReadonlyMap<SystemName, readonly number[]> }[] {
    return [...this.#rows.values()];
  }
}
