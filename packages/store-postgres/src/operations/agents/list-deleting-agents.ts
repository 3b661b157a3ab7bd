import type { Agent } from "@agent-sdk/core";
import { sql } from "kysely";
import { agentOf } from "../../rows/agent.ts";
import type { Context } from "../context.ts";
import { run } from "../context.ts";

export async function listDeletingAgents(context: Context, limit: number): Promise<readonly Agent[]> {
  const query = context.builder.selectFrom("agents").selectAll().where("delete_requested_at", "is not", null).orderBy(sql`random()`).limit(limit);
  const rows = await run(context, query, { kind: "read" });
  return rows.map((row) => agentOf(row, context.cipher));
}
