import type { Plan } from "../plan.ts";
import type { Results } from "../report/results.ts";
import type { Systems } from "../systems/systems.ts";

export interface MeasureContext {
  readonly plan: Plan;
  readonly systems: Systems;
  readonly results: Results;
  /** Says on standard error what is being done. */
  readonly progress: (text: string) => void;
}

/** Adds its rows to the results. */
export type Measure = (context: MeasureContext) => Promise<void>;

/** Milliseconds that a piece of work took. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
