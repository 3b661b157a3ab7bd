import { textArray } from "../arrays.ts";
import type { Context } from "../context.ts";

export async function findValidTokens({ database, schema }: Context, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const sql = `select id from ${schema}.valid_tokens where id = any($1::text::text[])`;
  const rows = await database.run<{ readonly id: string }>({ sql, parameters: [textArray(ids)] }, { kind: "read" });
  return new Set(rows.map(({ id }) => id));
}
