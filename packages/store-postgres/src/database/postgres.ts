import type { RuntimeEnv } from "@agent-sdk/core";
import { describeError, isAgentSdkError } from "@agent-sdk/core";
import { Socket } from "node:net";
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

/** The sockets under a driver's connections. The driver closes a connection by asking the server, and a half-open one never answers. */
export interface SocketSet {
  readonly stream: () => Socket;
  destroyAll(): void;
}

export function trackSockets(): SocketSet {
  const sockets = new Set<Socket>();
  return {
    stream() {
      const socket = new Socket();
      sockets.add(socket);
      socket.once("close", () => sockets.delete(socket));
      return socket;
    },
    destroyAll() {
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Waits for an orderly end as long as for a connection, then ends it without the other side. */
export async function endWithin(end: Promise<void>, sockets: SocketSet, { env, timeouts }: Pick<PostgresOptions, "env" | "timeouts">): Promise<void> {
  const timer = env.timers.set(timeouts.connect, () => sockets.destroyAll());
  await end.finally(() => timer.cancel());
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

function openPool(options: PostgresOptions, sockets: SocketSet): pg.Pool {
  const { log } = options.env;
  const pool = new Pool({ ...clientConfig(options), stream: sockets.stream, max: options.maxConnections, idleTimeoutMillis: 30_000 });
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

/** How long a migrating process may be stopped within a transaction before the server ends it, and another may go on. */
const stoppedMigrationMs = 60_000;

async function transaction({ databaseUrl, env, timeouts }: PostgresOptions, work: (transaction: Transaction) => Promise<void>): Promise<void> {
  const connection = { connectionString: databaseUrl, application_name: "agent-sdk migrations", keepAlive: true, connectionTimeoutMillis: timeouts.connect };
  const client = new Client({ ...connection, idle_in_transaction_session_timeout: stoppedMigrationMs });
  client.on("error", (error) => env.log.warn({ error: describeError(error) }, "the migrating connection ended"));
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
  const sockets = trackSockets();
  const pool = openPool(options, sockets);
  let ended: Promise<void> | undefined;
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
      ended ??= endWithin(pool.end(), sockets, options);
      await ended;
    },
  };
}
