import type { Context } from "../context.ts";

export async function countOpenQuestions({ database, schema }: Context, sessionId: string): Promise<number> {
  const sql = `select count(*) as open from ${schema}.questions where session_id = $1 and state = 'open'`;
  const [row] = await database.run<{ open: number }>({ name: "count_questions", sql, parameters: [sessionId] }, { kind: "read" });
  return row?.open ?? 0;
}
