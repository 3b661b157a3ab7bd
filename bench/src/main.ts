import { mkdir } from "node:fs/promises";
import { resolve } from "node:path";
import { measureCalls } from "./measures/calls.ts";
import { measureCreate } from "./measures/create.ts";
import { measureConcurrentFlood, measureFlood } from "./measures/flood.ts";
import { measureHibernation } from "./measures/hibernation.ts";
import { measureLatency } from "./measures/latency.ts";
import type { Measure, MeasureContext } from "./measures/measure.ts";
import { measureMemory } from "./measures/memory.ts";
import { type MeasureName, measureNames, type Options, readOptions, usage } from "./options.ts";
import { fullPlan, type Plan, quickPlan } from "./plan.ts";
import { Scratch } from "./processes/scratch.ts";
import { describeMachine, type Machine } from "./report/machine.ts";
import { Results } from "./report/results.ts";
import { markdownTable } from "./report/table.ts";
import { writeJson } from "./report/write-json.ts";
import { Systems } from "./systems/systems.ts";

const measures: Readonly<Record<MeasureName, Measure>> = {
  latency: measureLatency,
  flood: measureFlood,
  "flood-32": measureConcurrentFlood,
  create: measureCreate,
  calls: measureCalls,
  hibernation: measureHibernation,
  memory: measureMemory,
};

const started = performance.now();
const secondsSinceStart = (): number => Math.round((performance.now() - started) / 1000);

function progress(text: string): void {
  console.error(`${String(secondsSinceStart()).padStart(4)} s  ${text}`);
}

/** Rejects when the run takes too long or is interrupted. Its disposal takes the timer and the handlers back. */
class Stop implements Disposable {
  readonly stopped: Promise<never>;
  readonly #timer: NodeJS.Timeout;
  readonly #interrupt: () => void;

  constructor(limitMs: number) {
    const { promise, reject } = Promise.withResolvers<never>();
    this.stopped = promise;
    this.#interrupt = () => reject(new Error("interrupted"));
    this.#timer = setTimeout(() => reject(new Error(`the run took more than ${limitMs / 1000} s`)), limitMs);
    process.once("SIGINT", this.#interrupt).once("SIGTERM", this.#interrupt);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    process.off("SIGINT", this.#interrupt).off("SIGTERM", this.#interrupt);
  }
}

/** A measurement that fails is said, and makes the exit code 1; the others are made all the same. */
async function attempt(name: MeasureName, context: MeasureContext): Promise<void> {
  try {
    await measures[name](context);
  } catch (error) {
    console.error(error);
    context.results.notes.push(`The measurement ${name} failed: ${String(error)}`);
    process.exitCode = 1;
  }
}

/** When it is stopped, the disposal of what it stands on ends every process of the run. */
async function measureAll(options: Options, plan: Plan, results: Results): Promise<Systems["names"]> {
  await using scratch = await Scratch.create();
  await using systems = new Systems(scratch, options.systems, options.profileDirectory);
  using stop = new Stop(plan.limitMs);
  const work = async (): Promise<void> => {
    for (const name of measureNames.filter((name) => options.measures.has(name))) await attempt(name, { plan, systems, results, progress });
  };
  await Promise.race([work(), stop.stopped]);
  return systems.names;
}

function print(results: Results, systems: Systems["names"], machine: Machine): void {
  const { cores, processor, memoryBytes, node, kernel, loadBefore } = machine;
  console.log(`${cores} cores (${processor}), ${Math.round(memoryBytes / 2 ** 30)} GiB, Node ${node}, ${kernel}; load before the run ${loadBefore.toFixed(2)}.`);
  console.log("Medians, with the least and the greatest sample in brackets. The client is the benchmark's own process.\n");
  console.log(markdownTable(results, systems));
  for (const note of results.notes) console.log(`\n${note}`);
}

async function run(options: Options): Promise<void> {
  const plan = options.quick ? quickPlan : fullPlan;
  const machine = describeMachine();
  const startedAt = new Date();
  if (options.profileDirectory !== undefined) await mkdir(resolve(options.profileDirectory), { recursive: true });
  const results = new Results();
  print(results, await measureAll(options, plan, results), machine);
  const path = await writeJson({ startedAt, seconds: secondsSinceStart(), machine, options, plan, results });
  console.error(`\n${secondsSinceStart()} s; every sample is in ${path}`);
}

try {
  const options = readOptions(process.argv.slice(2));
  if (options) await run(options);
  else console.log(usage);
} catch (error) {
  console.error(error);
  // Not by exitCode: a measurement that was stopped may still wait for something.
  process.exit(1);
}
