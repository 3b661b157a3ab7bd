import type { LeaseStore } from "@agent-sdk/core";
import { AgentSdkError } from "@agent-sdk/core";
import type { Context } from "../context.ts";

/** Also forgets replicas that have been dead for an hour; what they owned counts as unowned either way. */
export async function registerReplica({ database, schema }: Context, replica: Parameters<LeaseStore["registerReplica"]>[0]): Promise<void> {
  const { replicaId, url, ttlMs } = replica;
  const sql = `with forgotten as (delete from ${schema}.replicas where expires_at < ${schema}.current_moment() - interval '1 hour' and replica_id <> $1)
    insert into ${schema}.replicas (replica_id, url, expires_at) values ($1, $2, ${schema}.current_moment() + $3::double precision * interval '1 millisecond')`;
  await database.run({ sql, parameters: [replicaId, url, ttlMs] }, {
    kind: "write",
    refused: ({ code }) => (code === "23505" ? new AgentSdkError("conflict", `There is a replica ${replicaId} already.`) : undefined),
  });
}
