import type { Context } from "../context.ts";

/** Intents, a waiting prompt while none runs, or a running one that is to be cancelled. */
// The first condition on sessions is that of their partial index.
export async function findOwnedWork({ database, schema }: Context, replicaId: string, limit: number): Promise<readonly string[]> {
  const sql = `with wanted as (
      select id as session_id from ${schema}.sessions
      where (sandbox_phase <> 'none' or release_requested_at is not null or delete_requested_at is not null or wake_requested_at is not null)
        and (release_requested_at is not null or delete_requested_at is not null or wake_requested_at is not null)
      union
      select session_id from ${schema}.prompts where state in ('queued', 'running')
      group by session_id
      having bool_or(cancel_requested_at is not null and state = 'running') or not bool_or(state = 'running')
    )
    select h.session_id from wanted join ${schema}.session_heads h on h.session_id = wanted.session_id
    where h.owner_replica_id = $1 order by random() limit $2`;
  const rows = await database.run<{ session_id: string }>({ name: "find_owned_work", sql, parameters: [replicaId, limit] }, { kind: "read" });
  return rows.map((row) => row.session_id);
}
