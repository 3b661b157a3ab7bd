import { AgentSdkError } from "../../errors.ts";
import type { NewQuestion } from "../../question.ts";
import type { QuestionStore } from "../../store.ts";
import type { QuestionRow, SessionRow, Tables } from "./tables.ts";
import { appendEvent, copy, currentMoment, dateOf, requireSession } from "./tables.ts";

/** In the transaction of the commit that brings them. */
export function insertQuestions(session: SessionRow, questions: readonly NewQuestion[], moment: number): void {
  for (const { timeoutMs, ...question } of questions) {
    if (session.questions.some((known) => known.id === question.id || (known.runId === question.runId && known.position === question.position))) continue;
    const times = { createdAt: dateOf(moment), expiresAt: timeoutMs === null ? null : dateOf(moment + timeoutMs), decidedAt: null, settledAt: null };
    session.questions.push({ ...copy(question), sessionId: session.id, state: "open", verdict: null, ...times });
  }
}

function requireQuestion(session: SessionRow, questionId: string): QuestionRow {
  const question = session.questions.find((candidate) => candidate.id === questionId);
  if (question === undefined) throw new AgentSdkError("not_found", `There is no question ${questionId}.`);
  return question;
}

/** The question's prompt while it runs: nothing of a prompt comes after its end. */
function promptOf(session: SessionRow, question: QuestionRow): string | null {
  return session.prompts.some((prompt) => prompt.rpcId === question.rpcId && prompt.state === "running") ? question.rpcId : null;
}

export function questionsInMemory(tables: Tables): QuestionStore {
  const { sessions } = tables;
  return {
    async get(sessionId, questionId) {
      return copy(sessions.get(sessionId)?.questions.find((question) => question.id === questionId) ?? null);
    },
    async list(sessionId, { states, limit } = {}) {
      const rows = sessions.get(sessionId)?.questions ?? [];
      return copy(rows.filter((question) => states === undefined || states.includes(question.state)).slice(0, limit));
    },
    async countOpen(sessionId) {
      return sessions.get(sessionId)?.questions.filter((question) => question.state === "open").length ?? 0;
    },
    async decide({ sessionId, questionId, verdict, to, event, generation }) {
      const session = requireSession(tables, sessionId);
      if (generation !== undefined && generation !== session.generation) return { outcome: "superseded" };
      const question = requireQuestion(session, questionId);
      if (question.state !== "open") return { outcome: "closed", question: copy(question) };
      const moment = currentMoment(tables);
      const decidedAt = dateOf(moment);
      Object.assign(question, { state: to, verdict: copy(verdict), decidedAt, settledAt: to === "lost" ? decidedAt : null } satisfies Partial<QuestionRow>);
      session.lastActivityAt = moment;
      return { outcome: "decided", question: copy(question), seq: appendEvent(tables, session, { rpcId: promptOf(session, question), message: event }) };
    },
    async settle(sessionId, questionId, to, generation) {
      const session = sessions.get(sessionId);
      const question = session?.questions.find((candidate) => candidate.id === questionId);
      if (session?.generation !== generation || question?.state !== "answered") return false;
      Object.assign(question, { state: to, settledAt: dateOf(currentMoment(tables)) } satisfies Partial<QuestionRow>);
      return true;
    },
  };
}
