import { parseArgs } from "node:util";
import { isSystemName, type SystemName, systemNames } from "./systems/system.ts";

/** The measurements, in the order in which they run. */
export const measureNames = ["latency", "flood", "flood-32", "create", "calls", "hibernation", "memory"] as const;
export type MeasureName = (typeof measureNames)[number];

export interface Options {
  readonly quick: boolean;
  readonly measures: ReadonlySet<MeasureName>;
  readonly systems: ReadonlySet<SystemName>;
  /** Where CPU profiles of the server and the supervisor are written; absent: none are made. */
  readonly profileDirectory: string | undefined;
}

const isMeasureName = (name: string): name is MeasureName => measureNames.some((known) => known === name);

export const usage: string = `scripts/bench [--quick] [--only <measurement>]… [--system <system>]… [--profile <directory>]
measurements: ${measureNames.join(", ")}
systems: ${systemNames.join(", ")}`;

function chosen<Name extends string>(given: readonly string[] | undefined, all: readonly Name[], isKnown: (name: string) => name is Name): ReadonlySet<Name> {
  for (const name of given ?? []) if (!isKnown(name)) throw new TypeError(`${name} is none of: ${all.join(", ")}`);
  return new Set(given?.filter(isKnown) ?? all);
}

/** Reads the command line. @throws TypeError for what it does not know; undefined when help was asked for. */
export function readOptions(args: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: "boolean", default: false },
      only: { type: "string", multiple: true },
      system: { type: "string", multiple: true },
      profile: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return undefined;
  return {
    quick: values.quick,
    measures: chosen(values.only, measureNames, isMeasureName),
    systems: chosen(values.system, systemNames, isSystemName),
    profileDirectory: values.profile,
  };
}
