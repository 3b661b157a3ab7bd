import type { NewSession, Session } from "@agent-sdk/core";
import { AgentSdkError } from "@agent-sdk/core";
import type { Refusal } from "../../database/database.ts";
import type { SessionRow } from "../../rows/session.ts";
import { sessionOf } from "../../rows/session.ts";
import type { Context } from "../context.ts";

function refused(session: NewSession, { constraint }: Refusal): AgentSdkError | undefined {
  if (constraint === "sessions_pkey") return new AgentSdkError("conflict", `There is a session ${session.id} already.`);
  if (constraint === "sessions_agent_fkey") return new AgentSdkError("not_found", `There is no agent ${session.agentId}.`);
  if (constraint === "sessions_volume_fkey") return new AgentSdkError("not_found", `There is no volume ${session.volumeId}.`);
  return undefined;
}

/** The session and its head in one statement. */
export async function insertSession(context: Context, session: NewSession): Promise<Session> {
  const { schema, cipher } = context;
  const { settings, sandbox } = session;
  const sql = `with s as (
      insert into ${schema}.sessions (id, tenant, agent_id, volume_id, cwd, workspace, env, secrets, permissions, sandbox_state, sandbox_phase, sandbox_id, wake_requested_at)
      values ($1, $2, $3, $4, $5, $6, $7::json, $8::json, $9, $10::json, $11, $12, case when $13::boolean then ${schema}.current_moment() end) returning *
    ), h as (insert into ${schema}.session_heads (session_id, last_activity_at) select s.id, s.created_at from s returning *)
    select s.*, h.*, false as owner_alive from s, h`;
  const parameters = [session.id, session.tenant, session.agentId, session.volumeId, settings.cwd, settings.workspace, JSON.stringify(settings.env)];
  parameters.push(JSON.stringify(cipher.sealSecrets(session.id, settings.secrets)), settings.permissions);
  parameters.push(JSON.stringify(cipher.sealSandbox(session.id, sandbox)), sandbox.phase, sandbox.sandboxId);
  const rows = await context.database.run<SessionRow>({ sql, parameters: [...parameters, session.wake] }, { kind: "write", refused: (refusal) => refused(session, refusal) });
  return rows.map((row) => sessionOf(row, cipher))[0] as Session;
}
