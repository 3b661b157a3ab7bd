import type { Agent } from "@agent-sdk/core";
import { agentOf } from "../../rows/agent.ts";
import type { Context } from "../context.ts";
import { run } from "../context.ts";

export async function getAgent(context: Context, id: string): Promise<Agent | null> {
  const rows = await run(context, context.builder.selectFrom("agents").selectAll().where("id", "=", id), { kind: "read" });
  return rows.map((row) => agentOf(row, context.cipher))[0] ?? null;
}
