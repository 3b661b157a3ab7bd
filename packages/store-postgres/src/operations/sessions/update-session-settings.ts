import type { Session, SessionSettings } from "@agent-sdk/core";
import type { SessionRow } from "../../rows/session.ts";
import { permissionsText, sessionOf } from "../../rows/session.ts";
import type { Context } from "../context.ts";

/** Column by column, so that two callers who change different settings both succeed. */
export async function updateSessionSettings({ database, schema, cipher }: Context, id: string, patch: Partial<SessionSettings>): Promise<Session | null> {
  const parameters: (string | null)[] = [id];
  const sets: string[] = [];
  const set = (column: string, value: string | null | undefined, type: string): void => {
    if (value === undefined) return;
    parameters.push(value);
    sets.push(`${column} = $${parameters.length}::${type}`);
  };
  set("cwd", patch.cwd, "text");
  set("workspace", patch.workspace, "text");
  set("env", patch.env && JSON.stringify(patch.env), "json");
  set("secrets", patch.secrets && JSON.stringify(cipher.sealSecrets(id, patch.secrets)), "json");
  set("permissions", patch.permissions === undefined ? undefined : permissionsText(patch.permissions), "text");
  const sql = `update ${schema}.sessions s set ${sets.join(", ") || "id = s.id"} from ${schema}.session_heads h left join ${schema}.replicas r on r.replica_id = h.owner_replica_id
    where s.id = $1 and h.session_id = s.id returning s.*, h.*, coalesce(r.expires_at > ${schema}.current_moment(), false) as owner_alive`;
  const rows = await database.run<SessionRow>({ sql, parameters }, { kind: "write" });
  return rows.map((row) => sessionOf(row, cipher))[0] ?? null;
}
