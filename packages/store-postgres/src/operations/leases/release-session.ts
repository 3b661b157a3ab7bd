import type { Context } from "../context.ts";

export async function releaseSession({ database, schema }: Context, sessionId: string, generation: number): Promise<"released" | "superseded"> {
  const sql = `update ${schema}.session_heads set owner_replica_id = null where session_id = $1 and generation = $2 returning 1`;
  const rows = await database.run({ sql, parameters: [sessionId, generation] }, { kind: "write" });
  return rows.length > 0 ? "released" : "superseded";
}
