import type { SessionHead } from "@agent-sdk/core";
import type { HeadRow } from "../../rows/session.ts";
import { headOf } from "../../rows/session.ts";
import type { Context } from "../context.ts";

export async function getSessionHead({ database, schema }: Context, id: string): Promise<SessionHead | null> {
  const sql = `select h.*, coalesce(r.expires_at > ${schema}.current_moment(), false) as owner_alive
    from ${schema}.session_heads h left join ${schema}.replicas r on r.replica_id = h.owner_replica_id where h.session_id = $1`;
  const rows = await database.run<HeadRow>({ name: "get_session_head", sql, parameters: [id] }, { kind: "read" });
  return rows.map((row) => headOf(id, row))[0] ?? null;
}
