import type { Deviation } from "./kernel/choices.ts";
import { simulate, type SimulationOptions, type SimulationResult } from "./run.ts";

/**
 * Leaves out deviations as long as a violation remains, first half of them at a time, then fewer, then each by itself.
 * @returns the smallest failing run that was found, or null when the plan does not fail.
 */
export async function shrink(options: SimulationOptions, plan: readonly Deviation[]): Promise<SimulationResult | null> {
  const fails = async (candidate: readonly Deviation[]): Promise<SimulationResult | null> => {
    const result = await simulate({ ...options, plan: candidate });
    return result.violations.length > 0 ? result : null;
  };
  let smallest = await fails(plan);
  if (!smallest) return null;
  for (let size = Math.ceil(plan.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let start = 0; start < smallest.deviations.length; ) {
      const rest: readonly Deviation[] = smallest.deviations.toSpliced(start, size);
      const result = await fails(rest);
      if (result) smallest = result;
      else start += size;
    }
  }
  return smallest;
}
