import type { Prompt } from "@agent-sdk/core";
import type { PromptRow } from "../../rows/prompt.ts";
import { promptOf } from "../../rows/prompt.ts";
import type { Context } from "../context.ts";

export async function requestCancel({ database, schema }: Context, sessionId: string): Promise<Prompt | null> {
  const sql = `update ${schema}.prompts set cancel_requested_at = coalesce(cancel_requested_at, ${schema}.current_moment())
    where session_id = $1 and state in ('queued', 'running')
      and position = (select min(position) from ${schema}.prompts where session_id = $1 and state in ('queued', 'running')) returning *`;
  const rows = await database.run<PromptRow>({ sql, parameters: [sessionId] }, { kind: "write" });
  return rows.map(promptOf)[0] ?? null;
}
