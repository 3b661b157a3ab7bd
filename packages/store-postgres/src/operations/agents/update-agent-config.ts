import type { Agent, AgentConfig } from "@agent-sdk/core";
import { agentOf } from "../../rows/agent.ts";
import type { Context } from "../context.ts";
import { run } from "../context.ts";

export async function updateAgentConfig(context: Context, id: string, config: AgentConfig): Promise<Agent | null> {
  const query = context.builder.updateTable("agents").set({ config: JSON.stringify(context.cipher.sealConfig(id, config)) }).where("id", "=", id).returningAll();
  const rows = await run(context, query, { kind: "write" });
  return rows.map((row) => agentOf(row, context.cipher))[0] ?? null;
}
