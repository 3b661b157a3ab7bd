import type { Context } from "../context.ts";

/** Reads two partial indexes, of unfinished prompts and of sessions with intents or compute: idle sessions cost nothing. */
export async function findUnownedSessions({ database, schema }: Context, limit: number): Promise<readonly string[]> {
  const sql = `with wanted as (
      select session_id from ${schema}.prompts where state in ('queued', 'running')
      union
      select id from ${schema}.sessions
      where sandbox_phase <> 'none' or release_requested_at is not null or delete_requested_at is not null or wake_requested_at is not null
    )
    select h.session_id from wanted join ${schema}.session_heads h on h.session_id = wanted.session_id
    where not exists (select 1 from ${schema}.replicas r where r.replica_id = h.owner_replica_id and r.expires_at > ${schema}.current_moment())
    order by random() limit $1`;
  const rows = await database.run<{ session_id: string }>({ name: "find_unowned", sql, parameters: [limit] }, { kind: "read" });
  return rows.map((row) => row.session_id);
}
