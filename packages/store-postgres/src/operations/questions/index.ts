import type { QuestionStore } from "@agent-sdk/core";
import type { Context } from "../context.ts";
import { countOpenQuestions } from "./count-open-questions.ts";
import { decideQuestion } from "./decide-question.ts";
import { getQuestion } from "./get-question.ts";
import { listQuestions } from "./list-questions.ts";
import { settleQuestion } from "./settle-question.ts";

export function questionOperations(context: Context): QuestionStore {
  return {
    get: (sessionId, questionId) => getQuestion(context, sessionId, questionId),
    list: (sessionId, filter = {}) => listQuestions(context, sessionId, filter),
    countOpen: (sessionId) => countOpenQuestions(context, sessionId),
    decide: (decision) => decideQuestion(context, decision),
    settle: (...move) => settleQuestion(context, ...move),
  };
}
