import { AgentSdkError } from "@agent-sdk/core";
import type { Context } from "../context.ts";
import { run } from "../context.ts";

export async function deleteAgent(context: Context, id: string): Promise<boolean> {
  const rows = await run(context, context.builder.deleteFrom("agents").where("id", "=", id).returning("id"), {
    kind: "write",
    refused: ({ constraint }) => (constraint === "sessions_agent_fkey" ? new AgentSdkError("conflict", `Sessions use the agent ${id}.`) : undefined),
  });
  return rows.length > 0;
}
