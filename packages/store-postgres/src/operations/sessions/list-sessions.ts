import type { Page, PageRequest, Session, SessionFilter } from "@agent-sdk/core";
import type { RawBuilder } from "kysely";
import { sql } from "kysely";
import { sessionOf } from "../../rows/session.ts";
import type { Context } from "../context.ts";
import { run } from "../context.ts";
import { cursorOf, placeOf } from "../cursor.ts";

/** Sessions with compute come first. */
const group = sql<number>`(sandbox_phase = 'none')::integer`;
const microseconds = sql<number>`((extract(epoch from last_activity_at) * 1000000)::bigint)`;

/** A sandbox runs, or is wanted: by an intent or by a prompt that waits. */
function isActive({ schema }: Context): RawBuilder<boolean> {
  const prompts = sql.raw(`${schema}.prompts`);
  return sql<boolean>`(sandbox_phase <> 'none' or wake_requested_at is not null
    or exists (select 1 from ${prompts} p where p.session_id = session_details.id and p.state in ('queued', 'running')))`;
}

/** Has its HOME there, or mounts it. */
function usesVolume({ schema }: Context, volumeId: string): RawBuilder<boolean> {
  const mounts = sql.raw(`${schema}.session_mounts`);
  return sql<boolean>`(volume_id = ${volumeId} or id in (select m.session_id from ${mounts} m where m.volume_id = ${volumeId}))`;
}

// The order is over all that match: last_activity_at changes with every commit, and an index over it would cost each commit an index entry.
export async function listSessions(context: Context, filter: SessionFilter, page: PageRequest): Promise<Page<Session>> {
  let query = context.builder.selectFrom("session_details").selectAll().select([group.as("group"), microseconds.as("microseconds")]);
  if (filter.tenant !== undefined) query = query.where("tenant", "=", filter.tenant);
  if (filter.agentId !== undefined) query = query.where("agent_id", "=", filter.agentId);
  if (filter.volumeId !== undefined) query = query.where(usesVolume(context, filter.volumeId));
  if (filter.status !== undefined) query = query.where(sql<boolean>`${isActive(context)} = ${filter.status === "active"}::boolean`);
  if (page.cursor !== undefined) {
    const place = placeOf(page.cursor);
    query = query.where(sql<boolean>`(${group}, -${microseconds}, id) > (${place.group}::integer, -(${place.microseconds}::bigint), ${place.id})`);
  }
  const rows = await run(context, query.orderBy(group).orderBy("last_activity_at", "desc").orderBy("id").limit(page.limit + 1), { kind: "read" });
  const items = rows.slice(0, page.limit);
  const last = items.at(-1);
  const more = last !== undefined && rows.length > items.length;
  return { items: items.map((row) => sessionOf(row, context.cipher)), nextCursor: more ? cursorOf({ group: String(last.group), microseconds: String(last.microseconds), id: last.id }) : null };
}
