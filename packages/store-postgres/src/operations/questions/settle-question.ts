import type { QuestionStore } from "@agent-sdk/core";
import type { Context } from "../context.ts";

export async function settleQuestion({ database, schema }: Context, ...[sessionId, questionId, to, generation]: Parameters<QuestionStore["settle"]>): Promise<boolean> {
  const sql = `select ${schema}.settle_question($1, $2, $3, $4) as settled`;
  const [row] = await database.run<{ settled: boolean }>({ sql, parameters: [sessionId, questionId, to, generation] }, { kind: "write" });
  return row?.settled ?? false;
}
