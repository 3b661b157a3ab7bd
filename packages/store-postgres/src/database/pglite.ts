import { join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import type { RuntimeEnv } from "@agent-sdk/core";
import { AgentSdkError, isAgentSdkError } from "@agent-sdk/core";
import type { Database, RunOptions, Statement, Transaction } from "./database.ts";
import { lockDataDirectory } from "./data-directory-lock.ts";
import { failureOf, unreachable } from "./failures.ts";
import { withRetries } from "./retry.ts";
import { bigintOid, parseBigint } from "./type-parsers.ts";

async function query<Row>(pglite: PGlite, statement: Statement): Promise<Row[]> {
  if (pglite.closed) throw unreachable(new Error("The embedded database is closed."));
  const { rows } = await pglite.query<Row>(statement.sql, [...statement.parameters]);
  return rows;
}

function transaction(pglite: PGlite, work: (transaction: Transaction) => Promise<void>): Promise<void> {
  return pglite.transaction(async (inner) => {
    await work({ script: async (sql) => void (await inner.exec(sql)), rows: async (sql) => (await inner.query(sql)).rows });
  });
}

/**
 * The embedded database in `dataDirectory`, which is made when it is missing. One process at a time.
 * @throws AgentSdkError `conflict` that names the process which has the directory open, `internal` when what is in it cannot be used.
 */
export async function openPglite(options: { readonly dataDirectory: string; readonly env: RuntimeEnv }): Promise<Database> {
  const { dataDirectory, env } = options;
  const lock = await lockDataDirectory(dataDirectory);
  try {
    const pglite = await PGlite.create({ dataDir: join(dataDirectory, "database"), parsers: { [bigintOid]: parseBigint } });
    return {
      async run<Row>(statement: Statement, runOptions: RunOptions) {
        try {
          return await withRetries(env, () => query<Row>(pglite, statement));
        } catch (error) {
          throw isAgentSdkError(error) ? error : failureOf(error, runOptions);
        }
      },
      transaction: (work) => transaction(pglite, work),
      async [Symbol.asyncDispose]() {
        if (!pglite.closed) await pglite.close();
        lock[Symbol.dispose]();
      },
    };
  } catch (error) {
    lock[Symbol.dispose]();
    throw new AgentSdkError("internal", "The embedded database in the data directory could not be opened.", { cause: error });
  }
}
