import type { Question } from "@agent-sdk/core";
import { questionOf } from "../../rows/question.ts";
import type { Context } from "../context.ts";
import { run } from "../context.ts";

export async function getQuestion(context: Context, sessionId: string, questionId: string): Promise<Question | null> {
  const query = context.builder.selectFrom("questions").selectAll().where("session_id", "=", sessionId).where("id", "=", questionId);
  const rows = await run(context, query, { kind: "read" });
  return rows.map(questionOf)[0] ?? null;
}
