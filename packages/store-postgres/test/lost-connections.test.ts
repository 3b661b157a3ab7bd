import type { Commit, Store } from "@agent-sdk/core";
import { isAgentSdkError, systemEnv } from "@agent-sdk/core";
import { describe, expect, it } from "vitest";
import { openStore } from "../src/index.ts";
import { endConnections, postgresForFile } from "./support/postgres-file.ts";
import { insertOwned } from "./support/sessions.ts";

const { postgres } = postgresForFile();
const env = systemEnv();

interface Tally {
  unknown: number;
  unavailable: number;
}

/** Repeats a call until it is answered, as an owner does: the ids in it make that safe. */
async function untilAnswered<T>(call: () => Promise<T>, tally: Tally): Promise<T> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (isAgentSdkError(error, "unknown_outcome")) tally.unknown += 1;
      else if (isAgentSdkError(error, "unavailable")) tally.unavailable += 1;
      else throw error;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

/** Writes numbered events until told to stop; answers how many were acknowledged, each with the number it was told. */
async function writeWhile(store: Store, sessionId: string, going: () => boolean, tally: Tally): Promise<Map<number, string>> {
  const acknowledged = new Map<number, string>();
  for (let round = 0; going(); round += 1) {
    const commit: Commit = { commitId: crypto.randomUUID(), sessionId, generation: 1, events: [{ rpcId: null, message: `"${sessionId} ${round}"` }] };
    const [result] = await untilAnswered(() => store.commits.commit([commit]), tally);
    if (result?.outcome !== "committed") throw new Error(`The commit is ${String(result?.outcome)}.`);
    acknowledged.set(result.firstSeq, commit.events[0]?.message ?? "");
  }
  return acknowledged;
}

async function enqueueWhile(store: Store, sessionId: string, going: () => boolean, tally: Tally): Promise<string[]> {
  const accepted: string[] = [];
  for (let round = 0; going(); round += 1) {
    const rpcId = `p${round}`;
    await untilAnswered(() => store.prompts.enqueue({ sessionId, rpcId, content: [], model: null, onSandboxLoss: "fail", interrupt: false, event: `"${rpcId}"` }), tally);
    accepted.push(rpcId);
  }
  return accepted;
}

/** Runs a load on four sessions during `disturb`, then compares what is stored with what was acknowledged. */
async function checkUnder(disturb: (databaseUrl: string) => Promise<void>): Promise<Tally> {
  const databaseUrl = await postgres().createDatabase();
  await using opened = await openStore({ databaseUrl }, { env });
  const { store } = opened;
  await store.migrate();
  const ids = ["s1", "s2", "s3", "s4"];
  for (const id of ids) await insertOwned(store, id);
  const tally: Tally = { unknown: 0, unavailable: 0 };
  let going = true;
  const loads = Promise.all(ids.map(async (id) => Promise.all([writeWhile(store, id, () => going, tally), enqueueWhile(store, id, () => going, tally)])));
  await disturb(databaseUrl).finally(() => {
    going = false;
  });
  for (const [index, [acknowledged, accepted]] of (await loads).entries()) {
    const id = ids[index] ?? "";
    const events = await store.events.read(id, { after: 0, limit: 1_000_000 });
    expect(events.map((event) => event.seq)).toEqual(events.map((_, place) => place + 1));
    expect(new Map(events.filter((event) => event.rpcId === null).map((event) => [event.seq, event.message]))).toEqual(acknowledged);
    expect(events.flatMap((event) => event.rpcId ?? [])).toEqual(accepted);
    expect((await store.prompts.list(id)).map((prompt) => prompt.rpcId)).toEqual(accepted);
    expect(acknowledged.size).toBeGreaterThan(0);
  }
  return tally;
}

describe("lost connections", () => {
  it("loses nothing that was acknowledged and doubles nothing while connections are ended under load", async () => {
    const tally = await checkUnder(async (databaseUrl) => {
      for (let round = 0; round < 40; round += 1) {
        await endConnections(databaseUrl);
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
    });
    expect(tally.unknown).toBeGreaterThan(0);
  }, 60_000);

  it("loses nothing that was acknowledged and doubles nothing while the server crashes under load", async () => {
    const tally = await checkUnder(async () => {
      for (let round = 0; round < 3; round += 1) {
        await new Promise((resolve) => setTimeout(resolve, 200));
        await postgres().restart("immediate");
      }
      await new Promise((resolve) => setTimeout(resolve, 200));
    });
    expect(tally.unavailable).toBeGreaterThan(0);
  }, 60_000);

  it("says that the server cannot be reached, and works again once it can", async () => {
    const databaseUrl = await postgres().createDatabase();
    await using opened = await openStore({ databaseUrl }, { env });
    await opened.store.migrate();
    await insertOwned(opened.store, "s1");
    await postgres().stop();
    await expect(opened.store.ping()).rejects.toMatchObject({ code: "unavailable" });
    await expect(opened.store.sessions.setIntents("s1", { wake: true })).rejects.toMatchObject({ code: "unavailable" });
    await postgres().start();
    expect(await opened.store.sessions.get("s1")).toMatchObject({ intents: { wake: false } });
  }, 60_000);
});
