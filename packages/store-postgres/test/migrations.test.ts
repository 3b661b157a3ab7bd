import { systemEnv } from "@agent-sdk/core";
import { describe, expect, it } from "vitest";
import { openPostgres } from "../src/database/postgres.ts";
import { timeoutsBelow } from "../src/database/timeouts.ts";
import { openStore } from "../src/index.ts";
import { migrations } from "../src/migrations/index.ts";
import type { Migration } from "../src/migrations/migration.ts";
import { runMigrations } from "../src/migrations/run-migrations.ts";
import { administer, postgresForFile } from "./support/postgres-file.ts";

const { postgres } = postgresForFile();
const env = systemEnv();

async function applied(url: string, schema = "agent_sdk"): Promise<string[]> {
  const rows = await administer<{ label: string }>(url, `select number || ' ' || name as label from ${schema}.migrations order by number`);
  return rows.map((row) => row.label);
}

describe("migrations", () => {
  it("are numbered 1, 2, 3 … without a gap", () => {
    expect(migrations.map((migration) => migration.number)).toEqual(migrations.map((_, index) => index + 1));
  });

  it("are applied once when many processes start at once", async () => {
    const databaseUrl = await postgres().createDatabase();
    const stores = await Promise.all([1, 2, 3, 4].map(() => openStore({ databaseUrl }, { env })));
    await Promise.all(stores.map(({ store }) => store.migrate()));
    await Promise.all(stores.map(({ store }) => store.migrate()));
    expect(await applied(databaseUrl)).toEqual(migrations.map(({ number, name }) => `${number} ${name}`));
    await Promise.all(stores.map((opened) => opened[Symbol.asyncDispose]()));
  });

  it("keep schemas of one database apart", async () => {
    const databaseUrl = await postgres().createDatabase();
    await using one = await openStore({ databaseUrl }, { env, schema: "one" });
    await using two = await openStore({ databaseUrl }, { env, schema: "two" });
    await Promise.all([one.store.migrate(), two.store.migrate()]);
    await one.store.volumes.insert({ id: "v", tenant: "t", name: "n", provider: "p" });
    expect(await two.store.volumes.get("v")).toBeNull();
    expect(await applied(databaseUrl, "two")).toHaveLength(migrations.length);
    expect(await one.store.deploymentId()).not.toBe(await two.store.deploymentId());
  });

  it("make a database's id once: all that open it read the same", async () => {
    const databaseUrl = await postgres().createDatabase();
    await using one = await openStore({ databaseUrl }, { env });
    await using two = await openStore({ databaseUrl }, { env });
    await Promise.all([one.store.migrate(), two.store.migrate()]);
    const id = await one.store.deploymentId();
    await two.store.migrate();
    expect(await two.store.deploymentId()).toBe(id);
    await using again = await openStore({ databaseUrl }, { env });
    expect(await again.store.deploymentId()).toBe(id);
  });

  it("let servers of the version before enqueue on, and count what waited already", async () => {
    const databaseUrl = await postgres().createDatabase();
    await using database = openPostgres({ databaseUrl, env, timeouts: timeoutsBelow(4_000), maxConnections: 2 });
    const enqueue = (rpcId: string): Promise<unknown> => {
      const sql = "select e.outcome, e.seq, (e.prompt).* from agent_sdk.enqueue_prompt($1, $2, $3, $4, $5, $6, $7) e";
      return database.run({ name: "enqueue", sql, parameters: ["s", rpcId, '[{"a":"é"}]', null, "fail", false, "{}"] }, { kind: "write" });
    };
    await runMigrations(database, '"agent_sdk"', migrations.slice(0, 6));
    await administer(databaseUrl, "insert into agent_sdk.agents (id, tenant, config) values ('a', 't', '{}')");
    await administer(databaseUrl, "insert into agent_sdk.volumes (id, tenant, name, provider) values ('v', 't', 'n', 'p')");
    await administer(databaseUrl, "insert into agent_sdk.sessions (id, tenant, agent_id, volume_id, env, secrets, sandbox_state, sandbox_phase) values ('s', 't', 'a', 'v', '{}', '{}', '{}', 'none')");
    await administer(databaseUrl, "insert into agent_sdk.session_heads (session_id) values ('s')");
    expect(await enqueue("before")).toMatchObject([{ outcome: "created" }]);
    await runMigrations(database, '"agent_sdk"', migrations);
    expect(await enqueue("after")).toMatchObject([{ outcome: "created", position: 2 }]);
    await using opened = await openStore({ databaseUrl }, { env });
    expect(await opened.store.prompts.count("s")).toEqual({ queued: 2, running: 0, queuedBytes: 2 * Buffer.byteLength('[{"a":"é"}]') });
  });

  it("stop at the step that fails and name it; what went before stays, and a mended one goes on", async () => {
    const databaseUrl = await postgres().createDatabase();
    await using database = openPostgres({ databaseUrl, env, timeouts: timeoutsBelow(4_000), maxConnections: 2 });
    const step = (number: number, name: string, sql: string): Migration => ({ number, name, sql: (schema) => sql.replaceAll("$", schema) });
    const good = step(1, "good", "create table $.good (number integer)");
    const last = step(3, "last", "create table $.last (number integer)");
    const bad = step(2, "bad", "create table $.half (number integer); insert into $.half values ('x')");
    await expect(runMigrations(database, '"trial"', [good, bad, last])).rejects.toMatchObject({ code: "internal", message: expect.stringContaining("0002-bad") });
    expect(await applied(databaseUrl, "trial")).toEqual(["1 good"]);
    expect(await administer(databaseUrl, "select to_regclass('trial.half') as half, to_regclass('trial.last') as last")).toEqual([{ half: null, last: null }]);
    await runMigrations(database, '"trial"', [good, step(2, "bad", "create table $.half (number integer)"), last]);
    expect(await applied(databaseUrl, "trial")).toEqual(["1 good", "2 bad", "3 last"]);
  });

  it("refuse a schema's name that would have to be escaped", async () => {
    await expect(openStore({ databaseUrl: postgres().url }, { env, schema: 'a"b' })).rejects.toMatchObject({ code: "bad_request" });
  });
});
