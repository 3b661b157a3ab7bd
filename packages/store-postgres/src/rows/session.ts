import type { Permissions, Session, SessionHead } from "@agent-sdk/core";
import type { Selectable } from "kysely";
import type { RowCipher } from "../encryption/row-cipher.ts";
import type { Schema } from "./schema.ts";

export type SessionRow = Selectable<Schema["session_details"]>;
export type HeadRow = Pick<SessionRow, "owner_replica_id" | "owner_alive" | "generation" | "last_seq" | "first_seq" | "journal_run_id" | "journal_position">;

export function headOf(sessionId: string, row: HeadRow): SessionHead {
  const { journal_run_id: runId, journal_position: position } = row;
  return {
    sessionId,
    ownerReplicaId: row.owner_replica_id,
    ownerAlive: row.owner_alive,
    generation: row.generation,
    lastSeq: row.last_seq,
    firstSeq: row.first_seq,
    journal: runId === null || position === null ? null : { runId, position },
  };
}

/** The column has one of a policy's words, or rules as JSON, which begin with a bracket. */
export function permissionsText(permissions: Permissions | null): string | null {
  return permissions === null || typeof permissions === "string" ? permissions : JSON.stringify(permissions);
}

function permissionsOf(text: string | null): Permissions | null {
  return (text?.startsWith("[") ? JSON.parse(text) : text) as Permissions | null;
}

/** @throws AgentSdkError `internal` when what is secret in it cannot be decrypted. */
export function sessionOf(row: SessionRow, cipher: RowCipher): Session {
  const { cwd, workspace, env } = row;
  const secrets = cipher.openSecrets(row.id, row.secrets);
  return {
    id: row.id,
    tenant: row.tenant,
    agentId: row.agent_id,
    volumeId: row.volume_id,
    settings: { cwd, workspace, env, secrets, permissions: permissionsOf(row.permissions) },
    sandbox: cipher.openSandbox(row.id, row.sandbox_state),
    innerSessionId: row.inner_session_id,
    conversationStarted: row.conversation_started,
    intents: { release: row.release_requested_at !== null, delete: row.delete_requested_at !== null, wake: row.wake_requested_at !== null },
    createdAt: row.created_at,
    lastActivityAt: row.last_activity_at,
    head: headOf(row.id, row),
  };
}
