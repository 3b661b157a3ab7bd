import { textArray } from "../arrays.ts";
import type { Context } from "../context.ts";

export async function findSandboxOwners({ database, schema }: Context, sandboxIds: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const sql = `select sandbox_id, id from ${schema}.sessions where sandbox_id is not null and sandbox_id = any($1::text::text[])`;
  const rows = await database.run<{ sandbox_id: string; id: string }>({ sql, parameters: [textArray(sandboxIds)] }, { kind: "read" });
  return new Map(rows.map((row) => [row.sandbox_id, row.id]));
}
