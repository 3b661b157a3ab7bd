import type { Context } from "../context.ts";

export async function expireRequests({ database, schema }: Context, olderThanMs: number): Promise<number> {
  const sql = `delete from ${schema}.idempotency_keys where begun_at < ${schema}.current_moment() - $1::double precision * interval '1 millisecond' returning 1`;
  const rows = await database.run({ sql, parameters: [olderThanMs] }, { kind: "write" });
  return rows.length;
}
