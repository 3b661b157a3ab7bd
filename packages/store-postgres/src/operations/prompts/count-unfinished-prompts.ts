import type { UnfinishedPrompts } from "@agent-sdk/core";
import { textArray } from "../arrays.ts";
import type { Context } from "../context.ts";

const counts = "count(*) filter (where state = 'queued') as queued, count(*) filter (where state = 'running') as running";

/** Both read the partial index of unfinished prompts. */
export async function countUnfinishedOfEach({ database, schema }: Context, sessionIds: readonly string[]): Promise<ReadonlyMap<string, UnfinishedPrompts>> {
  const sql = `select session_id, ${counts} from ${schema}.prompts where session_id = any($1::text::text[]) and state in ('queued', 'running') group by session_id`;
  const rows = await database.run<UnfinishedPrompts & { readonly session_id: string }>({ name: "count_unfinished_of_each", sql, parameters: [textArray(sessionIds)] }, { kind: "read" });
  return new Map(rows.map(({ session_id: id, queued, running }) => [id, { queued, running }]));
}

export async function countUnfinished({ database, schema }: Context): Promise<UnfinishedPrompts> {
  const sql = `select ${counts} from ${schema}.prompts where state in ('queued', 'running')`;
  const [row] = await database.run<UnfinishedPrompts>({ name: "count_unfinished", sql, parameters: [] }, { kind: "read" });
  return row as UnfinishedPrompts;
}
