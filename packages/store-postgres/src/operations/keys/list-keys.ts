import type { ApiKey, Page, PageRequest } from "@agent-sdk/core";
import type { ApiKeyRow } from "../../rows/api-key.ts";
import { apiKeyOf } from "../../rows/api-key.ts";
import type { Context } from "../context.ts";
import { cursorOf, placeOf } from "../cursor.ts";

type Row = ApiKeyRow & { readonly microseconds: number };

export async function listKeys({ database, schema }: Context, tenant: string, page: PageRequest): Promise<Page<ApiKey>> {
  const place = page.cursor === undefined ? null : placeOf(page.cursor);
  const microseconds = "(extract(epoch from created_at) * 1000000)::bigint";
  const sql = `select *, ${microseconds} as microseconds from ${schema}.api_keys
    where tenant = $1 and ($2::bigint is null or (-${microseconds}, id) > (-($2::bigint), $3)) order by created_at desc, id limit $4`;
  const rows = await database.run<Row>({ sql, parameters: [tenant, place?.microseconds ?? null, place?.id ?? null, page.limit + 1] }, { kind: "read" });
  const items = rows.slice(0, page.limit);
  const last = items.at(-1);
  const more = last !== undefined && rows.length > items.length;
  return { items: items.map(apiKeyOf), nextCursor: more ? cursorOf({ group: "0", microseconds: String(last.microseconds), id: last.id }) : null };
}
