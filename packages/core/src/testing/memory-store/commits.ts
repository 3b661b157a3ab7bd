import { AgentSdkError } from "../../errors.ts";
import { canMovePrompt, isTerminalPromptState } from "../../prompt.ts";
import type { Commit, CommitResult, CommitStore, PromptMove } from "../../store.ts";
import { insertQuestions } from "./questions.ts";
import type { PromptRow, SessionRow, Tables } from "./tables.ts";
import { appendEvent, copy, currentMoment, dateOf } from "./tables.ts";

/** The prompt that the move is about, or null where it may not be made: another state, no such move, or another prompt runs already. */
function promptToMove(session: SessionRow, move: PromptMove): PromptRow | null {
  const prompt = session.prompts.find((candidate) => candidate.rpcId === move.rpcId);
  if (prompt === undefined || prompt.state !== move.from || !canMovePrompt(move.from, move.to)) return null;
  const other = session.prompts.some((candidate) => candidate.state === "running" && candidate !== prompt);
  return move.to === "running" && other ? null : prompt;
}

function movePrompt(prompt: PromptRow, move: PromptMove, moment: Date): void {
  prompt.state = move.to;
  if (move.to === "running") {
    prompt.attempt += 1;
    prompt.startedAt ??= moment;
  }
  if (!isTerminalPromptState(move.to)) return;
  Object.assign(prompt, { stopReason: move.stopReason ?? null, error: copy(move.error ?? null), endedAt: moment } satisfies Partial<PromptRow>);
}

function writeState(session: SessionRow, commit: Commit): void {
  if (commit.journal !== undefined) session.journal = copy(commit.journal);
  if (commit.sandbox !== undefined) session.sandbox = copy(commit.sandbox);
  if (commit.innerSessionId !== undefined) session.innerSessionId = commit.innerSessionId;
  if (commit.conversationStarted !== undefined) session.conversationStarted = commit.conversationStarted;
  for (const intent of commit.clearIntents ?? []) session.intents[intent] = false;
}

function apply(tables: Tables, commit: Commit): CommitResult {
  const session = tables.sessions.get(commit.sessionId);
  if (session === undefined || session.generation !== commit.generation) return { outcome: "superseded" };
  if (session.lastCommit?.id === commit.commitId) return copy(session.lastCommit.result);
  const prompt = commit.promptMove && promptToMove(session, commit.promptMove);
  if (prompt === null) return { outcome: "conflict" };
  const moment = currentMoment(tables);
  const firstSeq = session.lastSeq + 1;
  for (const event of commit.events) appendEvent(tables, session, event);
  if (prompt && commit.promptMove) movePrompt(prompt, commit.promptMove, dateOf(moment));
  writeState(session, commit);
  insertQuestions(session, commit.questions ?? [], moment);
  if (commit.activity) session.lastActivityAt = moment;
  const result: CommitResult = { outcome: "committed", firstSeq, lastSeq: session.lastSeq, createdAt: dateOf(moment) };
  session.lastCommit = { id: commit.commitId, result };
  return copy(result);
}

export function commitsInMemory(tables: Tables): CommitStore {
  return {
    async commit(commits) {
      if (new Set(commits.map((commit) => commit.sessionId)).size < commits.length) throw new AgentSdkError("bad_request", "A call may hold one commit per session.");
      return commits.map((commit) => apply(tables, commit));
    },
  };
}
