import type { Replica } from "@agent-sdk/core";
import type { Context } from "../context.ts";

export async function listReplicas({ database, schema }: Context): Promise<readonly Replica[]> {
  const sql = `select replica_id as "replicaId", url, expires_at > ${schema}.current_moment() as alive from ${schema}.replicas order by registered_at, replica_id`;
  return database.run<Replica>({ sql, parameters: [] }, { kind: "read" });
}
