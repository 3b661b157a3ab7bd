import type { Prompt, PromptState } from "@agent-sdk/core";
import { promptOf } from "../../rows/prompt.ts";
import type { Context } from "../context.ts";
import { run } from "../context.ts";

export async function listPrompts(context: Context, sessionId: string, filter: { readonly states?: readonly PromptState[]; readonly limit?: number }): Promise<readonly Prompt[]> {
  if (filter.states?.length === 0) return [];
  let query = context.builder.selectFrom("prompts").selectAll().where("session_id", "=", sessionId).orderBy("position");
  if (filter.states !== undefined) query = query.where("state", "in", filter.states);
  if (filter.limit !== undefined) query = query.limit(filter.limit);
  const rows = await run(context, query, { kind: "read" });
  return rows.map(promptOf);
}
