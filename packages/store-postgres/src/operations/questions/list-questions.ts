import type { Question, QuestionState } from "@agent-sdk/core";
import { questionOf } from "../../rows/question.ts";
import type { Context } from "../context.ts";
import { run } from "../context.ts";

interface Filter {
  readonly states?: readonly QuestionState[] | undefined;
  readonly limit?: number | undefined;
}

export async function listQuestions(context: Context, sessionId: string, filter: Filter): Promise<readonly Question[]> {
  if (filter.states?.length === 0) return [];
  let query = context.builder.selectFrom("questions").selectAll().where("session_id", "=", sessionId).orderBy("nth");
  if (filter.states !== undefined) query = query.where("state", "in", filter.states);
  if (filter.limit !== undefined) query = query.limit(filter.limit);
  const rows = await run(context, query, { kind: "read" });
  return rows.map(questionOf);
}
