/**
 * How many small events the store takes, on PGlite and on a PostgreSQL. Run it with
 * `node --conditions=@agent-sdk/source packages/store-postgres/bench/commits.ts [milliseconds per case]`.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import type { Commit, Store } from "@agent-sdk/core";
import { systemEnv, withoutSandbox } from "@agent-sdk/core";
import { startTestPostgres } from "@agent-sdk/test-postgres";
import { openStore } from "../src/index.ts";
import type { StoreLocation } from "../src/index.ts";

interface Case {
  readonly name: string;
  /** Sessions in one call, and calls in flight. */
  readonly sessions: number;
  readonly writers: number;
  readonly eventsPerCall: number;
}

const cases: readonly Case[] = [
  { name: "1 event a call, 1 session", sessions: 1, writers: 1, eventsPerCall: 1 },
  { name: "100 events a call, 1 session", sessions: 1, writers: 1, eventsPerCall: 100 },
  { name: "500 events a call, 1 session", sessions: 1, writers: 1, eventsPerCall: 500 },
  { name: "320 events a call, 32 sessions", sessions: 32, writers: 1, eventsPerCall: 320 },
  { name: "100 events a call, 4 calls at once", sessions: 1, writers: 4, eventsPerCall: 100 },
];

const message = JSON.stringify({ jsonrpc: "2.0", method: "session/update", params: { sessionId: "0123456789", update: { sessionUpdate: "agent_message_chunk", content: { type: "text", text: "word " } } } });

async function insertSessions(store: Store, count: number): Promise<string[]> {
  const settings = { cwd: null, workspace: null, env: {}, secrets: {}, permissions: null };
  const sandbox = withoutSandbox({ provider: "none" }, { hibernated: false });
  const ids = Array.from({ length: count }, () => crypto.randomUUID());
  for (const id of ids) await store.sessions.insert({ id, tenant: "bench", agentId: "agent", volumeId: "volume", settings, sandbox, wake: false });
  return ids;
}

async function writeUntil(store: Store, ids: readonly string[], eventsPerCall: number, end: number): Promise<number[]> {
  const latencies: number[] = [];
  for (let position = 1; performance.now() < end; position += 1) {
    const commits = ids.map((sessionId): Commit => {
      const events = Array.from({ length: eventsPerCall / ids.length }, () => ({ rpcId: "01234567-89ab-cdef-0123-456789abcdef", message }));
      return { commitId: crypto.randomUUID(), sessionId, generation: 1, events, journal: { runId: "run", position }, activity: true };
    });
    const start = performance.now();
    const results = await store.commits.commit(commits);
    latencies.push(performance.now() - start);
    if (results.some((result) => result.outcome !== "committed")) throw new Error("A commit was refused.");
  }
  return latencies;
}

async function measure(store: Store, example: Case, milliseconds: number): Promise<object> {
  const groups: string[][] = [];
  for (let writer = 0; writer < example.writers; writer += 1) groups.push(await insertSessions(store, example.sessions));
  for (const id of groups.flat()) await store.leases.acquire(id, "replica");
  const start = performance.now();
  const latencies = (await Promise.all(groups.map((ids) => writeUntil(store, ids, example.eventsPerCall, start + milliseconds)))).flat();
  const seconds = (performance.now() - start) / 1_000;
  const sorted = latencies.toSorted((a, b) => a - b);
  const at = (share: number): string => `${(sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(2)} ms`;
  return { case: example.name, "events/s": Math.round((latencies.length * example.eventsPerCall) / seconds), p50: at(0.5), p99: at(0.99) };
}

async function benchmark(title: string, location: StoreLocation, milliseconds: number): Promise<void> {
  const opening = performance.now();
  await using opened = await openStore(location, { env: systemEnv(), leaseTtlMs: 60_000 });
  const { store } = opened;
  await store.migrate();
  console.log(`${title}: open and migrate ${Math.round(performance.now() - opening)} ms`);
  const config = { agentType: "demo", name: null, model: null, mode: null, thoughtLevel: null, command: null, mcpServers: [], skills: null, cliTools: [], extraOptions: {} };
  await store.agents.insert({ id: "agent", tenant: "bench", config });
  await store.volumes.insert({ id: "volume", tenant: "bench", name: "volume", provider: "none" });
  await store.leases.registerReplica({ replicaId: "replica", url: null, ttlMs: 600_000 });
  const rows: object[] = [];
  for (const example of cases) rows.push(await measure(store, example, milliseconds));
  console.table(rows);
}

async function main(): Promise<void> {
  const milliseconds = Number(process.argv[2] ?? 3_000);
  const directory = await mkdtemp(join(tmpdir(), "agent-sdk-bench-"));
  try {
    await benchmark("PGlite, new directory", { dataDirectory: directory }, milliseconds);
    const start = performance.now();
    await using opened = await openStore({ dataDirectory: directory }, { env: systemEnv() });
    await opened.store.migrate();
    console.log(`PGlite, existing directory: open and migrate ${Math.round(performance.now() - start)} ms`);
  } finally {
    await rm(directory, { recursive: true });
  }
  await using postgres = await startTestPostgres();
  await benchmark("PostgreSQL", { databaseUrl: await postgres.createDatabase() }, milliseconds);
}

await main();
