import type { TestPostgres } from "@agent-sdk/test-postgres";
import { startTestPostgres } from "@agent-sdk/test-postgres";
import { Client } from "pg";
import { afterAll, beforeAll } from "vitest";

/** One PostgreSQL for the tests of a file. Call it at the file's top. */
export function postgresForFile(): { readonly postgres: () => TestPostgres } {
  let running: TestPostgres | undefined;
  beforeAll(async () => {
    running = await startTestPostgres();
  }, 60_000);
  afterAll(async () => running?.[Symbol.asyncDispose]());
  return {
    postgres() {
      if (running === undefined) throw new Error("PostgreSQL is not started.");
      return running;
    },
  };
}

/** A statement on a connection of its own, as an administrator sends it. */
export async function administer<Row>(url: string, sql: string): Promise<Row[]> {
  const client = new Client({ connectionString: url });
  client.on("error", () => undefined);
  await client.connect();
  try {
    return (await client.query(sql)).rows as Row[];
  } finally {
    await client.end();
  }
}

/** Ends the connections of the store to the database, as a failover or an administrator does; `applicationName` tells which. */
export async function endConnections(url: string, applicationName = "agent-sdk%"): Promise<number> {
  const rows = await administer(url, `select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and application_name like '${applicationName}'`);
  return rows.length;
}
