import type { Agent, AgentStore } from "@agent-sdk/core";
import { AgentSdkError } from "@agent-sdk/core";
import { agentOf } from "../../rows/agent.ts";
import type { Context } from "../context.ts";
import { run } from "../context.ts";

export async function insertAgent(context: Context, agent: Parameters<AgentStore["insert"]>[0]): Promise<Agent> {
  const { id, tenant, config } = agent;
  const query = context.builder.insertInto("agents").values({ id, tenant, config: JSON.stringify(context.cipher.sealConfig(id, config)) }).returningAll();
  const rows = await run(context, query, {
    kind: "write",
    refused: ({ constraint }) => (constraint === "agents_pkey" ? new AgentSdkError("conflict", `There is an agent ${id} already.`) : undefined),
  });
  return rows.map((row) => agentOf(row, context.cipher))[0] as Agent;
}
