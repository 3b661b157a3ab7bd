import { script } from "@agent-sdk/scripted-agent";
import type { Row } from "../report/results.ts";
import { isServerName } from "../systems/systems.ts";
import { type Measure, timed } from "./measure.ts";

const releaseRow: Row = { title: "release", unit: "ms", target: { server: { atMost: 100 } } };
const wakeRow: Row = { title: "message → done after hibernation", unit: "ms" };

/** A session is released and spoken to again, over and over. A sample is one call; the first round is warm-up. */
export const measureHibernation: Measure = async ({ plan, systems, results, progress }) => {
  for (const name of systems.names.filter(isServerName)) {
    progress(`release and wake: ${name}`);
    await using conversation = await (await systems.server(name)).create();
    const speak = (): Promise<void> => conversation.promptAndStream(script.say("hello"), () => undefined);
    await speak();
    for (let round = 0; round <= plan.hibernations; round += 1) {
      const [release, wake] = [await timed(() => conversation.release()), await timed(speak)];
      if (round === 0) continue;
      results.add(releaseRow, name, release);
      results.add(wakeRow, name, wake);
    }
  }
};
