import type { Context } from "../context.ts";

export async function deleteToken({ database, schema }: Context, id: string): Promise<boolean> {
  const sql = `delete from ${schema}.session_tokens where id = $1 returning 1`;
  return (await database.run({ sql, parameters: [id] }, { kind: "write" })).length > 0;
}
