import type { Agent } from "@agent-sdk/core";
import { sql } from "kysely";
import { agentOf } from "../../rows/agent.ts";
import type { Context } from "../context.ts";
import { run } from "../context.ts";

/** Waits for sessions that are just being made with the agent, and is seen by all that come later. */
export async function setAgentDeleting(context: Context, id: string): Promise<Agent | null> {
  const moment = sql<Date>`coalesce(delete_requested_at, ${sql.raw(context.schema)}.current_moment())`;
  const query = context.builder.updateTable("agents").set({ delete_requested_at: moment }).where("id", "=", id).returningAll();
  const rows = await run(context, query, { kind: "write" });
  return rows.map((row) => agentOf(row, context.cipher))[0] ?? null;
}
