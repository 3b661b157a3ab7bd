import type { SystemName } from "../systems/system.ts";
import type { Summary } from "./statistics.ts";

/** A bound on the median; `worst` bounds every sample. */
export interface Bound {
  readonly atMost?: number;
  readonly atLeast?: number;
  readonly worst?: boolean;
}

/** What is required, by the part that it is required of. */
export interface Target {
  readonly supervisor?: Bound;
  /** The whole path, on either database. */
  readonly server?: Bound;
}

export function boundFor(target: Target | undefined, system: SystemName): Bound | undefined {
  if (system === "supervisor") return target?.supervisor;
  return system === "server-pglite" || system === "server-postgres" ? target?.server : undefined;
}

export function isReached({ atMost, atLeast, worst }: Bound, { median, min, max }: Summary): boolean {
  return (worst ? max : median) <= (atMost ?? Infinity) && (worst ? min : median) >= (atLeast ?? -Infinity);
}
