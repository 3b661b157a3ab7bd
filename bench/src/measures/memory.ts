import { setTimeout as delay } from "node:timers/promises";
import { privateBytes } from "../processes/proc.ts";
import type { Row } from "../report/results.ts";
import type { System } from "../systems/system.ts";
import type { Measure, MeasureContext } from "./measure.ts";

const freshRow: Row = { title: "private memory, idle since its start", unit: "MB", target: { supervisor: { atMost: 20 } } };
const usedRow: Row = { title: "private memory, idle after the runs above", unit: "MB" };
const megabyte = 1_000_000;

async function read({ results }: MeasureContext, row: Row, { name, pid }: System): Promise<void> {
  const bytes = pid === undefined ? undefined : await privateBytes(pid);
  if (bytes !== undefined) results.add(row, name, bytes / megabyte);
}

/** Private memory of the process between agent and client: of a new one, and of the one that did everything before. The agents have ended. */
export const measureMemory: Measure = async (context) => {
  const { systems, plan, progress } = context;
  const kept = await Promise.all(systems.names.map((name) => systems.get(name)));
  for (const name of systems.names.filter((name) => name !== "bare-stdio")) {
    progress(`memory: ${name}`);
    for (let repetition = 0; repetition < plan.repetitions; repetition += 1) {
      await using system = await systems.fresh(name);
      await delay(plan.restMs);
      await read(context, freshRow, system);
    }
  }
  for (const system of kept) await read(context, usedRow, system);
};
