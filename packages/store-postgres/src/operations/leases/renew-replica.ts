import type { Context } from "../context.ts";

export async function renewReplica({ database, schema }: Context, replicaId: string, ttlMs: number): Promise<"renewed" | "superseded"> {
  const sql = `update ${schema}.replicas set expires_at = ${schema}.current_moment() + $2::double precision * interval '1 millisecond' where replica_id = $1 returning 1`;
  const rows = await database.run({ name: "renew_replica", sql, parameters: [replicaId, ttlMs] }, { kind: "write" });
  return rows.length > 0 ? "renewed" : "superseded";
}
