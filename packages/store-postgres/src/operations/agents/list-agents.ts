import type { Agent, Page, PageRequest } from "@agent-sdk/core";
import { sql } from "kysely";
import { agentOf } from "../../rows/agent.ts";
import type { Context } from "../context.ts";
import { run } from "../context.ts";
import { cursorOf, placeOf } from "../cursor.ts";

const microseconds = sql<number>`((extract(epoch from created_at) * 1000000)::bigint)`;

export async function listAgents(context: Context, tenant: string, page: PageRequest): Promise<Page<Agent>> {
  let query = context.builder.selectFrom("agents").selectAll().select(microseconds.as("microseconds")).where("tenant", "=", tenant).where("delete_requested_at", "is", null);
  if (page.cursor !== undefined) {
    const place = placeOf(page.cursor);
    query = query.where(sql<boolean>`(-${microseconds}, id) > (-(${place.microseconds}::bigint), ${place.id})`);
  }
  const rows = await run(context, query.orderBy("created_at", "desc").orderBy("id").limit(page.limit + 1), { kind: "read" });
  const items = rows.slice(0, page.limit);
  const last = items.at(-1);
  const more = last !== undefined && rows.length > items.length;
  return { items: items.map((row) => agentOf(row, context.cipher)), nextCursor: more ? cursorOf({ group: "0", microseconds: String(last.microseconds), id: last.id }) : null };
}
