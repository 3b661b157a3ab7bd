import type { OwnedSession } from "@agent-sdk/core";
import type { Context } from "../context.ts";

interface Row {
  readonly session_id: string;
  readonly has_work: boolean;
}

/** Begins at the index of owners, and looks into the partial indexes of unfinished prompts and questions once per session that is owned: others cost nothing. */
export async function findOwned({ database, schema }: Context, replicaId: string, limit: number): Promise<readonly OwnedSession[]> {
  const sql = `with owned as (
      select h.session_id, s.sandbox_phase <> 'none' as has_compute,
        (s.release_requested_at is not null or s.delete_requested_at is not null or s.wake_requested_at is not null) as has_intents,
        p.running, p.cancelling,
        exists (select 1 from ${schema}.questions q where q.session_id = h.session_id and q.state = 'answered') as answered
      from ${schema}.session_heads h
      join ${schema}.sessions s on s.id = h.session_id
      left join lateral (
        select bool_or(o.state = 'running') as running, bool_or(o.state = 'running' and o.cancel_requested_at is not null) as cancelling
        from ${schema}.prompts o where o.session_id = h.session_id and o.state in ('queued', 'running')
      ) p on true
      where h.owner_replica_id = $1
    )
    select session_id, has_intents or answered or coalesce(cancelling or not running, false) as has_work from owned
    where has_compute or has_intents or running is not null
    order by has_work desc, random() limit $2`;
  const rows = await database.run<Row>({ name: "find_owned", sql, parameters: [replicaId, limit] }, { kind: "read" });
  return rows.map((row) => ({ sessionId: row.session_id, hasWork: row.has_work }));
}
