import type { Context } from "../context.ts";

export async function expireTokens({ database, schema }: Context): Promise<number> {
  const sql = `delete from ${schema}.session_tokens where expires_at <= ${schema}.current_moment() returning 1`;
  return (await database.run({ sql, parameters: [] }, { kind: "write" })).length;
}
