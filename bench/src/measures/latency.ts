import { epochMicroseconds, readEmitted, script } from "@agent-sdk/scripted-agent";
import type { Results, Row } from "../report/results.ts";
import { quantile } from "../report/statistics.ts";
import type { Target } from "../report/targets.ts";
import type { Conversation, SystemName } from "../systems/system.ts";
import type { Measure } from "./measure.ts";

/** Characters of an update's text. */
const size = 120;
/** The first updates of a turn, in which the path is still being set up. */
const warmUpShare = 0.1;

/** From the agent's own time stamp to this process having the update parsed, in milliseconds. */
async function latencies(conversation: Conversation, perSecond: number, count: number): Promise<readonly number[]> {
  const found: number[] = [];
  await conversation.prompt(script.emit({ count, ratePerSecond: perSecond, size, stamp: true }), (text) => {
    const { sentAtMicroseconds } = readEmitted(text) ?? {};
    if (sentAtMicroseconds !== undefined) found.push((epochMicroseconds() - sentAtMicroseconds) / 1000);
  });
  return found.slice(Math.ceil(count * warmUpShare));
}

type Quantile = "p50" | "p99";
const fractions: Readonly<Record<Quantile, number>> = { p50: 0.5, p99: 0.99 };
const targets: Readonly<Record<Quantile, Target>> = { p50: { supervisor: { atMost: 0.15 }, server: { atMost: 1 } }, p99: { server: { atMost: 5 } } };

const latencyRow = (perSecond: number, which: Quantile): Row => ({ title: `update latency at ${perSecond.toLocaleString("en-US")}/s, ${which}`, unit: "ms" });
const addedRow = (perSecond: number, which: Quantile): Row => ({ title: `… of which added to bare stdio's, ${which} at ${perSecond.toLocaleString("en-US")}/s`, unit: "ms", target: targets[which] });

/** What the systems showed in one repetition. The baseline is the bare stdio of the same repetition. */
function addTo(results: Results, perSecond: number, found: ReadonlyMap<SystemName, readonly number[]>): void {
  const baseline = found.get("bare-stdio");
  for (const which of ["p50", "p99"] as const) {
    for (const [name, samples] of found) {
      const value = quantile(samples, fractions[which]);
      results.add(latencyRow(perSecond, which), name, value);
      if (baseline && name !== "bare-stdio") results.add(addedRow(perSecond, which), name, value - quantile(baseline, fractions[which]));
    }
  }
}

/** Latency of an update at several rates. A sample is one repetition's quantile; the systems take turns, so that a disturbance meets all of them. */
export const measureLatency: Measure = async ({ plan, systems, results, progress }) => {
  await using stack = new AsyncDisposableStack();
  const conversations = new Map<SystemName, Conversation>();
  for (const name of systems.names) conversations.set(name, stack.use(await (await systems.get(name)).open()));
  for (const conversation of conversations.values()) await latencies(conversation, 500, 300);
  for (const { perSecond, seconds } of plan.rates) {
    for (let repetition = 1; repetition <= plan.repetitions; repetition += 1) {
      progress(`latency at ${perSecond}/s, repetition ${repetition}`);
      const found = new Map<SystemName, readonly number[]>();
      for (const [name, conversation] of conversations) found.set(name, await latencies(conversation, perSecond, perSecond * seconds));
      addTo(results, perSecond, found);
    }
  }
};
