import type { Context } from "../context.ts";

interface Counts {
  readonly sessions: number;
  readonly busy: number;
}

/** Busy: with a prompt that runs or waits. */
export async function countSessions({ database, schema }: Context): Promise<Counts> {
  const sql = `select (select count(*) from ${schema}.sessions) as sessions,
    (select count(distinct session_id) from ${schema}.prompts where state in ('queued', 'running')) as busy`;
  const [counts] = await database.run<Counts>({ name: "count_sessions", sql, parameters: [] }, { kind: "read" });
  return counts as Counts;
}
