import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Store } from "@agent-sdk/core";
import { isAgentSdkError, systemEnv } from "@agent-sdk/core";
import { memoryStore } from "@agent-sdk/core/testing";
import { assert, asyncProperty } from "fast-check";
import { describe, expect, it } from "vitest";
import type { Database } from "../src/database/database.ts";
import { openPglite } from "../src/database/pglite.ts";
import { openPostgres } from "../src/database/postgres.ts";
import { timeoutsBelow } from "../src/database/timeouts.ts";
import { postgresStore } from "../src/postgres-store.ts";
import { postgresForFile } from "./support/postgres-file.ts";
import type { Step, Subject } from "./support/random-steps.ts";
import { randomSteps } from "./support/random-steps.ts";
import { insertOwned } from "./support/sessions.ts";
import { cipher, emptyStore } from "./support/store-fixture.ts";

const { postgres } = postgresForFile();

/** Moments differ between the two; that there is one must not. */
function comparable(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value ?? null, (key, inner: unknown) => (key.endsWith("At") && inner !== null ? "a moment" : inner)));
}

async function outcomeOf(step: Step, subject: Subject): Promise<unknown> {
  try {
    return comparable(await step.run(subject));
  } catch (error) {
    if (isAgentSdkError(error) && error.code !== "internal") return { thrown: error.code };
    throw error;
  }
}

async function sessionIn(store: Store, id: string): Promise<unknown> {
  const session = await store.sessions.get(id);
  return session === null ? null : { session, prompts: await store.prompts.list(id), counts: await store.prompts.count(id), questions: await store.questions.list(id), open: await store.questions.countOpen(id), events: await store.events.read(id, { after: 0, limit: 1_000 }) };
}

async function everythingIn(store: Store): Promise<unknown> {
  const owned = await Promise.all(["r1", "r2"].map(async (id) => (await store.sessions.findOwned(id, { limit: 9 })).toSorted((a, b) => a.sessionId.localeCompare(b.sessionId))));
  const replicas = (await store.leases.listReplicas()).toSorted((a, b) => a.replicaId.localeCompare(b.replicaId));
  const unowned = (await store.sessions.findUnowned(9)).toSorted();
  return comparable({ sessions: [await sessionIn(store, "s1"), await sessionIn(store, "s2")], owned, unowned, replicas, count: await store.sessions.count() });
}

async function prepare({ store }: Subject): Promise<void> {
  for (const replicaId of ["r1", "r2"]) await store.leases.registerReplica({ replicaId, url: null, ttlMs: 60_000 });
  for (const id of ["s1", "s2"]) await insertOwned(store, id, "r1");
}

function model(): Subject {
  let now = 0;
  const store = memoryStore({ random: systemEnv().random, clock: { now: () => now, monotonic: () => now } });
  return {
    store,
    async advance(milliseconds) {
      now += milliseconds;
    },
  };
}

async function agree(steps: readonly Step[], real: Subject): Promise<void> {
  const expected = model();
  for (const subject of [expected, real]) await prepare(subject);
  for (const step of steps) expect([step.label, await outcomeOf(step, real)]).toEqual([step.label, await outcomeOf(step, expected)]);
  expect(await everythingIn(real.store)).toEqual(await everythingIn(expected.store));
}

/** A failure prints its seed and the shortest sequence of calls that shows it. */
async function checkAgainst(database: Database): Promise<void> {
  await postgresStore(database, "agent_sdk", cipher).migrate();
  await assert(asyncProperty(randomSteps, async (steps) => agree(steps, await emptyStore(database))), { numRuns: 100, interruptAfterTimeLimit: 60_000 });
}

describe("random calls", () => {
  it("have the same outcomes on PostgreSQL and on the model", async () => {
    const databaseUrl = await postgres().createDatabase();
    await using database = openPostgres({ databaseUrl, env: systemEnv(), timeouts: timeoutsBelow(20_000), maxConnections: 4 });
    await checkAgainst(database);
  }, 120_000);

  it("have the same outcomes on PGlite and on the model", async () => {
    const directory = await mkdtemp(join(tmpdir(), "agent-sdk-model-"));
    const database = await openPglite({ dataDirectory: directory, env: systemEnv() });
    try {
      await checkAgainst(database);
    } finally {
      await database[Symbol.asyncDispose]();
      await rm(directory, { recursive: true });
    }
  }, 120_000);
});
