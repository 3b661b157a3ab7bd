import { startTestPostgres, type TestPostgres } from "@agent-sdk/test-postgres";

export type DatabaseKind = "pglite" | "postgres";

/** The database that a server is started on: none for the embedded one. */
export interface TestDatabase extends AsyncDisposable {
  readonly kind: DatabaseKind;
  readonly url: string | undefined;
}

/** An empty database of its own. */
export async function testDatabase(kind: DatabaseKind): Promise<TestDatabase> {
  if (kind === "pglite") return { kind, url: undefined, [Symbol.asyncDispose]: () => Promise.resolve() };
  const server: TestPostgres = await startTestPostgres();
  return { kind, url: await server.createDatabase(), [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}
