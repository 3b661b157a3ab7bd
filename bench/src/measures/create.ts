import { setTimeout as delay } from "node:timers/promises";
import { script } from "@agent-sdk/scripted-agent";
import type { Row } from "../report/results.ts";
import type { SystemName } from "../systems/system.ts";
import { isServerName, type Systems } from "../systems/systems.ts";
import type { Measure, MeasureContext } from "./measure.ts";

const target = { server: { atMost: 150 } } as const;
const processRow: Row = { title: "create → first update, isolation process", unit: "ms", target };
const namespaceRow: Row = { title: "create → first update, isolation namespace", unit: "ms", target };

/** How long the first update may come after the prompt's answer, where the two have different connections. */
const lateMs = 5000;

/** Milliseconds until `begin` has called back for the first time. The rest of the turn is waited for, but does not count. */
async function untilFirstUpdate(begin: (onUpdate: () => void) => Promise<void>): Promise<number> {
  const start = performance.now();
  const { promise: first, resolve } = Promise.withResolvers<number>();
  await begin(() => resolve(performance.now()));
  const late = delay(lateMs, undefined, { ref: false }).then(() => {
    throw new Error("the agent said nothing");
  });
  return (await Promise.race([first, late])) - start;
}

/** A system of its own, an agent in it and its first word: what one sandbox costs without a server. */
async function createSystem(systems: Systems, name: SystemName): Promise<number> {
  await using stack = new AsyncDisposableStack();
  return await untilFirstUpdate(async (onUpdate) => {
    const system = stack.use(await systems.fresh(name));
    const conversation = stack.use(await system.open());
    await conversation.prompt(script.say("hello"), onUpdate);
  });
}

async function repeat({ plan, results }: MeasureContext, row: Row, name: SystemName, once: () => Promise<number>): Promise<void> {
  await once();
  for (let index = 0; index < plan.creations; index += 1) results.add(row, name, await once());
}

/** Sessions of a server of its own: POST /sessions, then POST …/message+stream. */
async function createSessions(context: MeasureContext, row: Row, name: "server-pglite" | "server-postgres", isolation: "namespace" | "process"): Promise<void> {
  await using server = await context.systems.freshServer(name, isolation);
  await repeat(context, row, name, async () => {
    await using stack = new AsyncDisposableStack();
    return await untilFirstUpdate(async (onUpdate) => {
      const conversation = stack.use(await server.create());
      await conversation.promptAndStream(script.say("hello"), onUpdate);
    });
  });
}

/** From nothing to the agent's first word. A sample is one creation; the first is warm-up. */
export const measureCreate: Measure = async (context) => {
  const { systems, results, progress } = context;
  for (const name of systems.names) {
    progress(`create: ${name}`);
    if (isServerName(name)) await createSessions(context, processRow, name, "process");
    else await repeat(context, processRow, name, () => createSystem(systems, name));
  }
  for (const name of systems.names.filter(isServerName)) {
    progress(`create in namespaces: ${name}`);
    try {
      await createSessions(context, namespaceRow, name, "namespace");
    } catch (error) {
      results.notes.push(`${name}: no namespaces here (${String(error).slice(0, 300)})`);
    }
  }
};

