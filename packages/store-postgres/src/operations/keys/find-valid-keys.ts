import { textArray } from "../arrays.ts";
import type { Context } from "../context.ts";

export async function findValidKeys({ database, schema }: Context, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const sql = `select id from ${schema}.api_keys where id = any($1::text::text[]) and (expires_at is null or expires_at > ${schema}.current_moment())`;
  const rows = await database.run<{ readonly id: string }>({ sql, parameters: [textArray(ids)] }, { kind: "read" });
  return new Set(rows.map(({ id }) => id));
}
