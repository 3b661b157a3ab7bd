import type { QuestionDecision, QuestionStore } from "@agent-sdk/core";
import { AgentSdkError } from "@agent-sdk/core";
import type { QuestionRow } from "../../rows/question.ts";
import { questionOf } from "../../rows/question.ts";
import type { Context } from "../context.ts";

type Row = QuestionRow & { readonly outcome: "closed" | "decided" | "missing" | "superseded"; readonly seq: number | null };

export async function decideQuestion({ database, schema }: Context, decision: QuestionDecision): ReturnType<QuestionStore["decide"]> {
  const { sessionId, questionId, verdict, to, event, generation } = decision;
  const sql = `select d.outcome, d.seq, (d.question).* from ${schema}.decide_question($1, $2, $3, $4, $5, $6) d`;
  const rows = await database.run<Row>({ sql, parameters: [sessionId, questionId, JSON.stringify(verdict), to, event, generation ?? null] }, { kind: "write" });
  const row = rows[0] as Row;
  if (row.outcome === "missing") throw new AgentSdkError("not_found", `There is no question ${questionId}.`);
  if (row.outcome === "superseded") return { outcome: "superseded" };
  return row.outcome === "closed" ? { outcome: "closed", question: questionOf(row) } : { outcome: "decided", question: questionOf(row), seq: row.seq as number };
}
