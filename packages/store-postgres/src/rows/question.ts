import type { Question } from "@agent-sdk/core";
import type { Selectable } from "kysely";
import type { Schema } from "./schema.ts";

export type QuestionRow = Selectable<Schema["questions"]>;

export function questionOf(row: QuestionRow): Question {
  return {
    id: row.id,
    sessionId: row.session_id,
    kind: row.kind,
    state: row.state,
    rpcId: row.rpc_id,
    runId: row.run_id,
    position: row.position,
    requestId: row.request_id,
    params: row.params,
    verdict: row.verdict,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    decidedAt: row.decided_at,
    settledAt: row.settled_at,
  };
}
