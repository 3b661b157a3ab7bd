import { AgentSdkError, describeError } from "@agent-sdk/core";
import type { Database, Transaction } from "../database/database.ts";
import type { Migration } from "./migration.ts";

/** One key for all schemas of a database: two that start at once wait for each other. */
const advisoryLockKey = 5_273_819_044;

async function isUpToDate(database: Database, schema: string, newest: number): Promise<boolean> {
  const [table] = await database.run<{ exists: boolean }>({ sql: "select to_regclass($1) is not null as exists", parameters: [`${schema}.migrations`] }, { kind: "read" });
  if (!table?.exists) return false;
  const [row] = await database.run<{ newest: number | null }>({ sql: `select max(number) as newest from ${schema}.migrations`, parameters: [] }, { kind: "read" });
  return (row?.newest ?? 0) >= newest;
}

/** Only within a transaction that holds the lock: `create … if not exists` is not safe against itself. */
async function prepare(transaction: Transaction, schema: string): Promise<void> {
  await transaction.script(`
    select pg_advisory_xact_lock(${advisoryLockKey});
    create schema if not exists ${schema};
    create table if not exists ${schema}.migrations (number integer primary key, name text not null, applied_at timestamptz not null default clock_timestamp());`);
}

async function apply(transaction: Transaction, migration: Migration, schema: string): Promise<void> {
  await prepare(transaction, schema);
  const { number, name } = migration;
  const done = await transaction.rows(`select 1 from ${schema}.migrations where number = ${number}`);
  if (done.length > 0) return;
  await transaction.script(migration.sql(schema));
  await transaction.script(`insert into ${schema}.migrations (number, name) values (${number}, '${name}')`);
}

/**
 * Applies what is missing, each step in a transaction of its own under an advisory lock, so that any number of processes may start at once.
 * @throws AgentSdkError `internal` that names the step that failed; those before it stay applied, those after it are not tried.
 */
export async function runMigrations(database: Database, schema: string, migrations: readonly Migration[]): Promise<void> {
  if (await isUpToDate(database, schema, migrations.at(-1)?.number ?? 0)) return;
  for (const migration of migrations) {
    try {
      await database.transaction((transaction) => apply(transaction, migration, schema));
    } catch (error) {
      const label = `${String(migration.number).padStart(4, "0")}-${migration.name}`;
      throw new AgentSdkError("internal", `The migration ${label} failed: ${describeError(error)}`, { cause: error });
    }
  }
}
