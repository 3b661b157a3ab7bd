import type { Page, PageRequest, Volume } from "@agent-sdk/core";
import { sql } from "kysely";
import { volumeOf } from "../../rows/volume.ts";
import type { Context } from "../context.ts";
import { run } from "../context.ts";
import { cursorOf, placeOf } from "../cursor.ts";

const microseconds = sql<number>`((extract(epoch from created_at) * 1000000)::bigint)`;

export async function listVolumes(context: Context, tenant: string, filter: { readonly provider?: string | undefined }, page: PageRequest): Promise<Page<Volume>> {
  let query = context.builder.selectFrom("volumes").selectAll().select(microseconds.as("microseconds")).where("tenant", "=", tenant);
  if (filter.provider !== undefined) query = query.where("provider", "=", filter.provider);
  if (page.cursor !== undefined) {
    const place = placeOf(page.cursor);
    query = query.where(sql<boolean>`(-${microseconds}, id) > (-(${place.microseconds}::bigint), ${place.id})`);
  }
  const rows = await run(context, query.orderBy("created_at", "desc").orderBy("id").limit(page.limit + 1), { kind: "read" });
  const items = rows.slice(0, page.limit);
  const last = items.at(-1);
  const more = last !== undefined && rows.length > items.length;
  return { items: items.map(volumeOf), nextCursor: more ? cursorOf({ group: "0", microseconds: String(last.microseconds), id: last.id }) : null };
}
