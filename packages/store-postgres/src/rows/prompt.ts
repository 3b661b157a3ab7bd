import type { Prompt } from "@agent-sdk/core";
import type { Selectable } from "kysely";
import type { Schema } from "./schema.ts";

export type PromptRow = Selectable<Schema["prompts"]>;

export function promptOf(row: PromptRow): Prompt {
  return {
    rpcId: row.rpc_id,
    sessionId: row.session_id,
    position: row.position,
    state: row.state,
    content: row.content,
    model: row.model,
    onSandboxLoss: row.on_sandbox_loss,
    attempt: row.attempt,
    cancelRequestedAt: row.cancel_requested_at,
    stopReason: row.stop_reason,
    error: row.error,
    createdAt: row.created_at,
    startedAt: row.started_at,
    endedAt: row.ended_at,
  };
}
