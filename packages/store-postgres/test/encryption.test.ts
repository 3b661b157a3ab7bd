import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AgentConfig, SandboxState, SessionSettings } from "@agent-sdk/core";
import { systemEnv, withoutSandbox } from "@agent-sdk/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Database } from "../src/database/database.ts";
import { openPglite } from "../src/database/pglite.ts";
import { openPostgres } from "../src/database/postgres.ts";
import { timeoutsBelow } from "../src/database/timeouts.ts";
import type { EncryptionKey } from "../src/encryption/key-ring.ts";
import type { PostgresStore } from "../src/postgres-store.ts";
import { postgresStore } from "../src/postgres-store.ts";
import { findInDatabase } from "./support/find-in-database.ts";
import { cipherWith, keyNamed } from "./support/keys.ts";
import { postgresForFile } from "./support/postgres-file.ts";

const { postgres } = postgresForFile();
const env = systemEnv();
const planted = "planted-4f1c";

const config: AgentConfig = {
  agentType: "custom",
  name: "shown",
  model: null,
  mode: null,
  thoughtLevel: null,
  command: { path: "run", args: [`--token=${planted}`], env: { TOKEN: planted } },
  mcpServers: [{ type: "http", name: "m", url: `https://mcp.example/${planted}`, headers: [{ name: "x-key", value: planted }] }],
  skills: null,
  cliTools: [],
  extraOptions: { nested: { key: planted } },
};
const settings: SessionSettings = { cwd: null, workspace: null, env: { PLAIN: "shown" }, secrets: { KEY: planted }, permissions: null };
const recipe = { provider: "fake" };
const running: SandboxState = {
  ...withoutSandbox(recipe, { hibernated: false }),
  phase: "running",
  sandboxId: "box",
  endpoint: { url: "http://127.0.0.1:1", token: planted, headers: { "x-preview": planted } },
  providerData: { preview: planted },
};

async function insertSecrets(store: PostgresStore, id: string): Promise<void> {
  await store.agents.insert({ id: `agent-${id}`, tenant: "t", config });
  await store.volumes.insert({ id: `volume-${id}`, tenant: "t", name: id, provider: "fake" });
  await store.sessions.insert({ id, tenant: "t", agentId: `agent-${id}`, volumeId: `volume-${id}`, settings, sandbox: running, wake: false });
  await store.idempotency.begin({ tenant: "t", key: id, requestHash: "h", staleMs: 1_000 });
  await store.idempotency.complete("t", id, { status: 200, body: { key: planted } });
}

async function secretsOf(store: PostgresStore, id: string): Promise<unknown> {
  const [session, agent, answer] = [await store.sessions.get(id), await store.agents.get(`agent-${id}`), await store.idempotency.begin({ tenant: "t", key: id, requestHash: "h", staleMs: 1_000 })];
  return { settings: session?.settings, sandbox: session?.sandbox, config: agent?.config, answer };
}

const everything = { settings, sandbox: running, config, answer: { outcome: "done", answer: { status: 200, body: { key: planted } } } };

let pgliteDatabase: Database;
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "agent-sdk-encryption-"));
  pgliteDatabase = await openPglite({ dataDirectory: directory, env });
}, 60_000);

afterAll(async () => {
  await pgliteDatabase[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

/** Where the servers of one test share their rows. */
class Place implements AsyncDisposable {
  static #count = 0;
  readonly database: Database;
  readonly schema: string;
  readonly #close: () => Promise<void>;

  constructor(database: Database, schema: string, close: () => Promise<void>) {
    this.database = database;
    this.schema = schema;
    this.#close = close;
  }

  /** A database of its own. */
  static async onPostgres(): Promise<Place> {
    const database = openPostgres({ databaseUrl: await postgres().createDatabase(), env, timeouts: timeoutsBelow(20_000), maxConnections: 4 });
    return new Place(database, "agent_sdk", async () => database[Symbol.asyncDispose]());
  }

  /** A schema of its own: opening an embedded database takes seconds. */
  static async onPglite(): Promise<Place> {
    Place.#count += 1;
    return new Place(pgliteDatabase, `place_${Place.#count}`, async () => undefined);
  }

  /** What a server does when it starts with these keys. */
  async start(keys: readonly EncryptionKey[]): Promise<PostgresStore> {
    const store = postgresStore(this.database, this.schema, cipherWith(keys));
    await store.migrate();
    return store;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
  }
}

const sql = (database: Database, text: string): Promise<unknown[]> => database.run({ sql: text, parameters: [] }, { kind: "write" });

describe.each([
  ["PostgreSQL", () => Place.onPostgres()],
  ["PGlite", () => Place.onPglite()],
])("encryption on %s", { timeout: 60_000 }, (_, openPlace) => {
  it("leaves no secret in any column of any table, whichever way it was written", async () => {
    await using place = await openPlace();
    const store = await place.start([keyNamed("a")]);
    await insertSecrets(store, "s1");
    await store.agents.updateConfig("agent-s1", config);
    await store.sessions.updateSettings("s1", { secrets: { KEY: planted, OTHER: planted } });
    await store.leases.registerReplica({ replicaId: "r", url: null, ttlMs: 60_000 });
    await store.leases.acquire("s1", "r");
    await store.commits.commit([{ commitId: "c", sessionId: "s1", generation: 1, events: [], sandbox: { ...running, phase: "stopping" } }]);
    expect(await findInDatabase(place, planted)).toEqual([]);
    expect(await findInDatabase(place, "shown")).toEqual(["agents.config", "sessions.env"]);
    expect((await store.sessions.list({}, { limit: 9 })).items[0]).toMatchObject({ settings: { secrets: { KEY: planted, OTHER: planted } }, sandbox: { ...running, phase: "stopping" } });
    expect((await store.agents.list("t", { limit: 9 })).items[0]?.config).toEqual(config);
  });

  it("reads on after the keys were rotated, writes with the new one, and needs the old one only until all is written anew", async () => {
    await using place = await openPlace();
    await insertSecrets(await place.start([]), "clear");
    expect(await findInDatabase(place, planted)).not.toEqual([]);
    await insertSecrets(await place.start([keyNamed("a")]), "old");
    const rotated = await place.start([keyNamed("b"), keyNamed("a")]);
    for (const id of ["clear", "old"]) expect(await secretsOf(rotated, id)).toEqual(everything);
    await insertSecrets(rotated, "new");
    await expect(place.start([keyNamed("b")])).rejects.toMatchObject({ code: "bad_request", message: expect.stringMatching(/^The database holds 4 values that are encrypted with the key "a", which is not configured/) });
    expect(await rotated.reseal()).toBe(8);
    expect(await findInDatabase(place, planted)).toEqual([]);
    const only = await place.start([keyNamed("b")]);
    for (const id of ["clear", "old", "new"]) expect(await secretsOf(only, id)).toEqual(everything);
    expect(await only.reseal()).toBe(0);
  });

  it("writes anew beside owners that write", async () => {
    await using place = await openPlace();
    const before = await place.start([keyNamed("a")]);
    for (const id of ["s1", "s2", "s3"]) await insertSecrets(before, id);
    const rotated = await place.start([keyNamed("b"), keyNamed("a")]);
    const updates = ["s1", "s2", "s3"].map((id) => rotated.sessions.updateSettings(id, { secrets: { KEY: `changed ${id}` } }));
    await Promise.all([rotated.reseal(), rotated.reseal(), ...updates]);
    const only = await place.start([keyNamed("b")]);
    for (const id of ["s1", "s2", "s3"]) expect(await only.sessions.get(id)).toMatchObject({ settings: { secrets: { KEY: `changed ${id}` } }, sandbox: running });
  });

  it("refuses at the start a key that is missing, and another one of the same id", async () => {
    await using place = await openPlace();
    const store = await place.start([keyNamed("a")]);
    await expect(place.start([keyNamed("a", "other")])).rejects.toMatchObject({ code: "bad_request", message: expect.stringContaining('"a" is not the key of that id') });
    await insertSecrets(store, "s1");
    await expect(place.start([])).rejects.toMatchObject({ code: "bad_request", message: expect.stringContaining('"a", which is not configured') });
    await expect(place.start([keyNamed("b")])).rejects.toMatchObject({ code: "bad_request" });
    await expect(place.start([keyNamed("b"), keyNamed("a")])).resolves.toBeDefined();
  });

  it("refuses a secret that was moved from one row to another", async () => {
    await using place = await openPlace();
    const store = await place.start([keyNamed("a")]);
    for (const id of ["s1", "s2"]) await insertSecrets(store, id);
    await sql(place.database, `update ${place.schema}.sessions set secrets = (select secrets from ${place.schema}.sessions where id = 's1') where id = 's2'`);
    await expect(store.sessions.get("s2")).rejects.toMatchObject({ code: "internal", message: expect.stringContaining("cannot be decrypted") });
    expect(await store.sessions.get("s1")).toMatchObject({ settings });
  });

  it("does not keep a session that it cannot read", async () => {
    await using place = await openPlace();
    const store = await place.start([keyNamed("a")]);
    const other = postgresStore(place.database, place.schema, cipherWith([keyNamed("b")]));
    await insertSecrets(store, "s1");
    for (const replicaId of ["r1", "r2"]) await store.leases.registerReplica({ replicaId, url: null, ttlMs: 60_000 });
    await expect(other.leases.acquire("s1", "r1")).rejects.toMatchObject({ code: "internal", message: expect.stringContaining('"a", which this server does not have') });
    expect(await store.leases.acquire("s1", "r2")).toMatchObject({ outcome: "acquired", session: { settings } });
  });
});
