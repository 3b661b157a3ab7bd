import type { RuntimeEnv } from "@agent-sdk/core";
import { describeError, isAgentSdkError } from "@agent-sdk/core";
import type pg from "pg";
import { Client, Pool, TypeOverrides } from "pg";
import type { Database, RunOptions, Statement, Transaction } from "./database.ts";
import { endsConnection, failureOf, refusalOf, unreachable } from "./failures.ts";
import { withRetries } from "./retry.ts";
import type { Timeouts } from "./timeouts.ts";
import { bigintOid, parseBigint } from "./type-parsers.ts";

export interface PostgresOptions {
  readonly databaseUrl: string;
  readonly env: RuntimeEnv;
  readonly timeouts: Timeouts;
  readonly maxConnections: number;
}

function typeParsers(): pg.CustomTypesConfig {
  const overrides = new TypeOverrides();
  overrides.setTypeParser(bigintOid, parseBigint);
  return overrides;
}

/** What every connection of ours has, the listening one too. */
export function clientConfig({ databaseUrl, timeouts }: Pick<PostgresOptions, "databaseUrl" | "timeouts">): pg.ClientConfig {
  return {
    connectionString: databaseUrl,
    application_name: "agent-sdk",
    keepAlive: true,
    keepAliveInitialDelayMillis: 5_000,
    connectionTimeoutMillis: timeouts.connect,
    query_timeout: timeouts.reply,
    statement_timeout: timeouts.statement,
    lock_timeout: timeouts.lock,
    idle_in_transaction_session_timeout: timeouts.idleInTransaction,
    types: typeParsers(),
  };
}

function openPool(options: PostgresOptions): pg.Pool {
  const { log } = options.env;
  const pool = new Pool({ ...clientConfig(options), max: options.maxConnections, idleTimeoutMillis: 30_000 });
  // Without these a server that ends an idle or a busy connection (57P01) ends this process.
  pool.on("error", (error) => log.warn({ error: describeError(error) }, "an idle database connection ended"));
  pool.on("connect", (client) => client.on("error", (error) => log.warn({ error: describeError(error) }, "a database connection ended")));
  return pool;
}

/** True when the connection cannot be used again: it is gone, or a reply is still owed on it. */
function isBroken(error: unknown): boolean {
  const refusal = refusalOf(error);
  return refusal === null || endsConnection(refusal);
}

async function query<Row>(pool: pg.Pool, statement: Statement): Promise<Row[]> {
  const client = await pool.connect().catch((error: unknown) => {
    throw unreachable(error);
  });
  let broken = true;
  try {
    const { sql, parameters, name } = statement;
    const result = await client.query<Row & pg.QueryResultRow>({ text: sql, values: [...parameters], ...(name === undefined ? {} : { name }) });
    broken = false;
    return result.rows;
  } catch (error) {
    broken = isBroken(error);
    throw error;
  } finally {
    client.release(broken);
  }
}

async function transaction(options: PostgresOptions, work: (transaction: Transaction) => Promise<void>): Promise<void> {
  const client = new Client({ connectionString: options.databaseUrl, application_name: "agent-sdk migrations", keepAlive: true, connectionTimeoutMillis: options.timeouts.connect });
  client.on("error", (error) => options.env.log.warn({ error: describeError(error) }, "the migrating connection ended"));
  await client.connect().catch((error: unknown) => {
    throw unreachable(error);
  });
  try {
    await client.query("begin");
    await work({ script: async (sql) => void (await client.query(sql)), rows: async (sql) => (await client.query(sql)).rows as unknown[] });
    await client.query("commit");
  } finally {
    // Ends the transaction too, where it is still open.
    await client.end();
  }
}

/** A pool of connections to a PostgreSQL. Connects when it is first used. */
export function openPostgres(options: PostgresOptions): Database {
  const pool = openPool(options);
  return {
    async run<Row>(statement: Statement, runOptions: RunOptions) {
      try {
        return await withRetries(options.env, () => query<Row>(pool, statement));
      } catch (error) {
        throw isAgentSdkError(error) ? error : failureOf(error, runOptions);
      }
    },
    transaction: (work) => transaction(options, work),
    async [Symbol.asyncDispose]() {
      await pool.end();
    },
  };
}
