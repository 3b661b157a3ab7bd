import type { Prompt } from "@agent-sdk/core";
import type { PromptRow } from "../../rows/prompt.ts";
import { promptOf } from "../../rows/prompt.ts";
import type { Context } from "../context.ts";

export async function getPrompt({ database, schema }: Context, sessionId: string, rpcId: string): Promise<Prompt | null> {
  const sql = `select * from ${schema}.prompts where session_id = $1 and rpc_id = $2`;
  const rows = await database.run<PromptRow>({ name: "get_prompt", sql, parameters: [sessionId, rpcId] }, { kind: "read" });
  return rows.map(promptOf)[0] ?? null;
}
