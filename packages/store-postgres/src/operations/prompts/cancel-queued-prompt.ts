import type { Prompt } from "@agent-sdk/core";
import { AgentSdkError } from "@agent-sdk/core";
import type { PromptRow } from "../../rows/prompt.ts";
import { promptOf } from "../../rows/prompt.ts";
import type { Context } from "../context.ts";

type Row = PromptRow & { readonly outcome: "cancelled" | "conflict" | "missing"; readonly seq: number | null };

export async function cancelQueuedPrompt(context: Context, sessionId: string, rpcId: string, terminalEvent: string): Promise<{ readonly prompt: Prompt; readonly seq: number }> {
  const sql = `select c.outcome, c.seq, (c.prompt).* from ${context.schema}.cancel_queued_prompt($1, $2, $3) c`;
  const rows = await context.database.run<Row>({ sql, parameters: [sessionId, rpcId, terminalEvent] }, { kind: "write" });
  const row = rows[0] as Row;
  if (row.outcome === "missing" || row.seq === null && row.outcome === "cancelled") throw new AgentSdkError("not_found", `There is no prompt ${rpcId}.`);
  if (row.outcome === "conflict") throw new AgentSdkError("conflict", `The prompt ${rpcId} is ${row.state}.`);
  return { prompt: promptOf(row), seq: row.seq as number };
}
