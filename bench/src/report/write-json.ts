import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Options } from "../options.ts";
import type { Plan } from "../plan.ts";
import type { Machine } from "./machine.ts";
import type { Results } from "./results.ts";
import { summarise } from "./statistics.ts";
import { verdicts } from "./table.ts";

const folder = fileURLToPath(new URL("../../results", import.meta.url));

/** Writes every sample to `bench/results/<time>.json`; answers the file's path. */
export async function writeJson(run: { readonly startedAt: Date; readonly seconds: number; readonly machine: Machine; readonly options: Options; readonly plan: Plan; readonly results: Results }): Promise<string> {
  const { startedAt, seconds, machine, options, plan, results } = run;
  const rows = results.rows.map(({ row, samples }) => ({
    ...row,
    systems: Object.fromEntries([...samples].map(([name, values]) => [name, { ...summarise(values), samples: values }])),
    verdicts: verdicts(row, samples).map(({ system, reached }) => ({ system, reached })),
  }));
  const path = join(folder, `${startedAt.toISOString().replaceAll(":", "-")}.json`);
  await mkdir(folder, { recursive: true });
  await writeFile(path, `${JSON.stringify({ startedAt, seconds, machine, quick: options.quick, plan, notes: results.notes, rows }, undefined, 2)}\n`);
  return path;
}
