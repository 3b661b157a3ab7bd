import { textArray } from "../arrays.ts";
import type { Context } from "../context.ts";

export async function lastSeqs({ database, schema }: Context, sessionIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const sql = `select session_id, last_seq from ${schema}.session_heads where session_id = any($1::text::text[])`;
  const rows = await database.run<{ session_id: string; last_seq: number }>({ name: "last_seqs", sql, parameters: [textArray(sessionIds)] }, { kind: "read" });
  return new Map(rows.map((row) => [row.session_id, row.last_seq]));
}
