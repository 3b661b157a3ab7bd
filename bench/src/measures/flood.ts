import { setTimeout as delay } from "node:timers/promises";
import { readEmitted, script } from "@agent-sdk/scripted-agent";
import type { Row } from "../report/results.ts";
import { ServerConversation } from "../systems/server.ts";
import type { Conversation, OnUpdate, SystemName } from "../systems/system.ts";
import { isServerName } from "../systems/systems.ts";
import type { Measure, MeasureContext } from "./measure.ts";

const size = 60;
/** How long nothing more may come before what is missing counts as lost, in milliseconds. */
const quietMs = 500;

export interface Flood {
  readonly perSecond: number;
  readonly lost: number;
}

type Prompt = (conversation: Conversation, text: string, onUpdate: OnUpdate) => Promise<void>;

const overEvents: Prompt = (conversation, text, onUpdate) => conversation.prompt(text, onUpdate);

const overMessageStream: Prompt = (conversation, text, onUpdate) => {
  if (!(conversation instanceof ServerConversation)) throw new TypeError("only the server has message+stream");
  return conversation.promptAndStream(text, onUpdate);
};

/** The same flood from each conversation at once: from the first prompt's departure to the last update's arrival. */
async function flood(conversations: readonly Conversation[], count: number, prompt: Prompt = overEvents): Promise<Flood> {
  const seen = conversations.map(() => new Set<number>());
  const expected = count * conversations.length;
  let received = 0;
  let lastAt = 0;
  const start = performance.now();
  const turns = conversations.map((conversation, index) =>
    prompt(conversation, script.emit({ count, size }), (text) => {
      const { number } = readEmitted(text) ?? {};
      if (number === undefined || seen[index]?.has(number)) return;
      seen[index]?.add(number);
      received += 1;
      lastAt = performance.now();
    }),
  );
  await Promise.all(turns);
  for (let before = -1; received < expected && received !== before; ) {
    before = received;
    await delay(quietMs);
  }
  return { perSecond: received / ((lastAt - start) / 1000), lost: expected - received };
}

async function repeat({ plan, results, progress }: MeasureContext, name: SystemName, title: string, once: () => Promise<Flood>): Promise<void> {
  const rate: Row = { title, unit: "updates/s", target: { supervisor: { atLeast: 75_000 }, server: { atLeast: 20_000 } } };
  const lost: Row = { title: `${title}: lost`, unit: "updates", target: { supervisor: { atMost: 0, worst: true }, server: { atMost: 0, worst: true } } };
  progress(`${title}: ${name}`);
  await once();
  for (let repetition = 1; repetition <= plan.repetitions; repetition += 1) {
    const found = await once();
    results.add(rate, name, found.perSecond);
    results.add(lost, name, found.lost);
  }
}

/** One session floods. The first flood of a system is warm-up. */
export const measureFlood: Measure = async (context) => {
  const { systems, plan } = context;
  const count = plan.floodUpdates;
  const title = `flood of ${count.toLocaleString("en-US")}`;
  for (const name of systems.names) {
    await using conversation = await (await systems.get(name)).open();
    await repeat(context, name, title, () => flood([conversation], count));
  }
  for (const name of systems.names.filter(isServerName)) {
    await using conversation = await (await systems.server(name)).create();
    await repeat(context, name, `${title} by message+stream`, () => flood([conversation], count, overMessageStream));
  }
};

/** Many sessions flood at once. */
export const measureConcurrentFlood: Measure = async (context) => {
  const { systems, plan } = context;
  const { concurrentSessions: sessions, concurrentUpdates: count } = plan;
  const title = `flood of ${sessions} sessions × ${count.toLocaleString("en-US")}`;
  for (const name of systems.names) {
    const system = await systems.get(name);
    await using stack = new AsyncDisposableStack();
    const opened = await Promise.allSettled(Array.from({ length: sessions }, async () => stack.use(await system.open())));
    for (const result of opened) if (result.status === "rejected") throw result.reason;
    const conversations = opened.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
    await repeat(context, name, title, () => flood(conversations, count));
  }
};
