/** Opens the data directory given, writes one event after the other and says each number on standard output once it is acknowledged. */
import { systemEnv } from "@agent-sdk/core";
import { openStore } from "../../src/index.ts";
import { insertOwned } from "./sessions.ts";

const [dataDirectory = ""] = process.argv.slice(2);
const { store } = await openStore({ dataDirectory }, { env: systemEnv() });
await store.migrate();
await insertOwned(store, "s1");
console.log("open");
for (let round = 1; ; round += 1) {
  const [result] = await store.commits.commit([{ commitId: `c${round}`, sessionId: "s1", generation: 1, events: [{ rpcId: null, message: String(round) }] }]);
  if (result?.outcome === "committed") process.stdout.write(`${result.lastSeq}\n`);
}
