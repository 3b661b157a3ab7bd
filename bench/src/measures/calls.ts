import type { Row } from "../report/results.ts";
import { median } from "../report/statistics.ts";
import type { Conversation } from "../systems/system.ts";
import { type Measure, timed } from "./measure.ts";

const execRow: Row = { title: "exec `true`, p50", unit: "ms", target: { supervisor: { atMost: 4 }, server: { atMost: 4 } } };
const readRow: Row = { title: "read of 1 KiB, p50", unit: "ms", target: { supervisor: { atMost: 2 }, server: { atMost: 2 } } };
const file = "bench.txt";
const repetitions = 5;
const warmUpCalls = 10;

async function p50(calls: number, call: () => Promise<unknown>): Promise<number> {
  const samples: number[] = [];
  for (let index = 0; index < calls; index += 1) samples.push(await timed(call));
  return median(samples);
}

async function read(conversation: Conversation): Promise<void> {
  const length = await conversation.read(file);
  if (length !== 1024) throw new Error(`read ${length} bytes`);
}

/** Commands and files in a sandbox that is there, one call after the other. A sample is the median of one repetition. */
export const measureCalls: Measure = async ({ plan, systems, results, progress }) => {
  for (const name of systems.names) {
    progress(`exec and read: ${name}`);
    await using conversation = await (await systems.get(name)).open();
    await conversation.write(file, "x".repeat(1024));
    const [exec, readFile] = [() => conversation.exec(), () => read(conversation)];
    for (const call of [exec, readFile]) await p50(warmUpCalls, call);
    for (let repetition = 0; repetition < repetitions; repetition += 1) {
      results.add(execRow, name, await p50(plan.calls, exec));
      results.add(readRow, name, await p50(plan.calls, readFile));
    }
  }
};
