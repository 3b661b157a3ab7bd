import { DummyDriver, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from "kysely";
import type { Compilable } from "kysely";
import type { Database, RunOptions } from "../database/database.ts";
import type { RowCipher } from "../encryption/row-cipher.ts";
import type { Schema } from "../rows/schema.ts";

/** What each operation needs: where to run, how to build, and the schema's name for what is written by hand. */
export interface Context {
  readonly database: Database;
  /** Builds and compiles; it runs nothing itself. */
  readonly builder: Kysely<Schema>;
  /** A quoted identifier. */
  readonly schema: string;
  /** How what is secret in the rows is written. */
  readonly cipher: RowCipher;
}

export function makeContext(database: Database, schemaName: string, cipher: RowCipher): Context {
  const dialect = {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db: ConstructorParameters<typeof PostgresIntrospector>[0]) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  };
  return { database, builder: new Kysely<Schema>({ dialect }).withSchema(schemaName), schema: `"${schemaName}"`, cipher };
}

/** Runs what the query builder made. */
export function run<Row>(context: Context, query: Compilable<Row>, options: RunOptions): Promise<Row[]> {
  return context.database.run<Row>(query.compile(), options);
}
