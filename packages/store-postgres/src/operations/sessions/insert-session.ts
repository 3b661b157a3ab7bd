import type { NewSession, Session } from "@agent-sdk/core";
import { AgentSdkError } from "@agent-sdk/core";
import type { Refusal } from "../../database/database.ts";
import type { SessionRow } from "../../rows/session.ts";
import { permissionsText, sessionOf } from "../../rows/session.ts";
import { getAgent } from "../agents/get-agent.ts";
import { textArray } from "../arrays.ts";
import type { Context } from "../context.ts";
import { getVolume } from "../volumes/get-volume.ts";

function refused(session: NewSession, { constraint }: Refusal): AgentSdkError | undefined {
  return constraint === "sessions_pkey" ? new AgentSdkError("conflict", `There is a session ${session.id} already.`) : undefined;
}

function volumesOf({ volumeId, mountedVolumeIds = [] }: NewSession): readonly string[] {
  return [...new Set([volumeId, ...mountedVolumeIds])];
}

/** Why the session was not made: something of it is missing or being deleted. */
async function reasonOf(context: Context, session: NewSession): Promise<AgentSdkError> {
  const agent = await getAgent(context, session.agentId);
  if (agent === null) return new AgentSdkError("not_found", `There is no agent ${session.agentId}.`);
  if (agent.deleting) return new AgentSdkError("conflict", `The agent ${session.agentId} is being deleted.`);
  for (const id of volumesOf(session)) {
    if ((await getVolume(context, id)) === null) return new AgentSdkError("not_found", `There is no volume ${id}.`);
  }
  return new AgentSdkError("conflict", "A volume of the session is being deleted.");
}

/**
 * The session, its head, its limits and its mounts in one statement. Share locks keep its agent and volumes from being marked for deletion before it can be seen, and
 * what is marked already is not found.
 */
export async function insertSession(context: Context, session: NewSession): Promise<Session> {
  const { schema, cipher } = context;
  const { settings, sandbox, mountedVolumeIds = [] } = session;
  const sql = `with a as (select id from ${schema}.agents where id = $3 and delete_requested_at is null for share),
    v as (select id from ${schema}.volumes where id = any($14::text::text[]) and status <> 'deleting' order by id for share),
    s as (
      insert into ${schema}.sessions (id, tenant, agent_id, volume_id, cwd, workspace, env, secrets, permissions, sandbox_state, sandbox_phase, sandbox_id, wake_requested_at)
      select $1, $2, a.id, $4, $5, $6, $7::json, $8::json, $9, $10::json, $11, $12, case when $13::boolean then ${schema}.current_moment() end
      from a where (select count(*) from v) = cardinality($14::text::text[]) returning *
    ), h as (insert into ${schema}.session_heads (session_id, last_activity_at) select s.id, s.created_at from s returning *),
    l as (insert into ${schema}.session_limits (session_id, permission_timeout_ms) select s.id, $16::bigint from s where $16::bigint is not null),
    m as (insert into ${schema}.session_mounts (session_id, volume_id) select s.id, unnest($15::text::text[]) from s)
    select s.*, h.*, false as owner_alive from s, h`;
  const parameters = [session.id, session.tenant, session.agentId, session.volumeId, settings.cwd, settings.workspace, JSON.stringify(settings.env)];
  parameters.push(JSON.stringify(cipher.sealSecrets(session.id, settings.secrets)), permissionsText(settings.permissions));
  parameters.push(JSON.stringify(cipher.sealSandbox(session.id, sandbox)), sandbox.phase, sandbox.sandboxId);
  const rest = [textArray(volumesOf(session)), textArray([...new Set(mountedVolumeIds)]), session.limits?.permissionTimeoutMs ?? null];
  const rows = await context.database.run<SessionRow>({ sql, parameters: [...parameters, session.wake, ...rest] }, { kind: "write", refused: (refusal) => refused(session, refusal) });
  const [row] = rows;
  if (row === undefined) throw await reasonOf(context, session);
  return sessionOf(row, cipher);
}
