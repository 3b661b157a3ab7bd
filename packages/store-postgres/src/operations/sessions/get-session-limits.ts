import type { SessionLimits } from "@agent-sdk/core";
import type { Context } from "../context.ts";

interface Row {
  readonly permission_timeout_ms: number | null;
}

export async function getSessionLimits({ database, schema }: Context, id: string): Promise<SessionLimits | null> {
  const sql = `select l.permission_timeout_ms from ${schema}.sessions s left join ${schema}.session_limits l on l.session_id = s.id where s.id = $1`;
  const [row] = await database.run<Row>({ name: "get_limits", sql, parameters: [id] }, { kind: "read" });
  return row === undefined ? null : { permissionTimeoutMs: row.permission_timeout_ms };
}
