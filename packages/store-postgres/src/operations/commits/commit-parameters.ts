import type { Commit } from "@agent-sdk/core";
import { canMovePrompt } from "@agent-sdk/core";
import type { RowCipher } from "../../encryption/row-cipher.ts";
import { plainArray, textArray } from "../arrays.ts";

/** Null where no commit has the part: an absent array costs the server nothing. */
function texts(commits: readonly Commit[], part: (commit: Commit) => string | null | undefined): string | null {
  const values = commits.map((commit) => part(commit) ?? null);
  return values.every((value) => value === null) ? null : textArray(values);
}

function plains(commits: readonly Commit[], part: (commit: Commit) => number | boolean | null | undefined): string | null {
  const values = commits.map((commit) => part(commit) ?? null);
  return values.every((value) => value === null) ? null : plainArray(values);
}

function writesSession({ sandbox, innerSessionId, conversationStarted, clearIntents }: Commit): true | null {
  const given = sandbox !== undefined || innerSessionId !== undefined || conversationStarted !== undefined || (clearIntents?.length ?? 0) > 0;
  return given || null;
}

/** An impossible move demands a state that no prompt is ever in, so that it is refused like one that comes too late. */
function demandedState({ promptMove }: Commit): string | undefined {
  if (promptMove === undefined) return undefined;
  return canMovePrompt(promptMove.from, promptMove.to) ? promptMove.from : "none";
}

/** What few commits bring, as JSON. What the agent wrote stands in it as text: the server takes it apart only to the text. */
function extrasOf({ questions }: Commit): string | null {
  if (questions === undefined || questions.length === 0) return null;
  return JSON.stringify({ questions: questions.map((question) => ({ ...question, requestId: JSON.stringify(question.requestId), params: JSON.stringify(question.params) })) });
}

/** The events of all commits as columns: the commit's place, the prompt's place in a list of those that occur, the text. */
function eventColumns(commits: readonly Commit[]): (string | null)[] {
  const places = new Map<string, number>();
  const placeOf = (rpcId: string): number => {
    const place = places.get(rpcId) ?? places.size + 1;
    places.set(rpcId, place);
    return place;
  };
  const commitPlaces = commits.flatMap((commit, index) => commit.events.map(() => index + 1));
  const events = commits.flatMap((commit) => commit.events);
  const rpcPlaces = events.map(({ rpcId }) => (rpcId === null ? null : placeOf(rpcId)));
  return [plainArray(commitPlaces), plainArray(rpcPlaces), textArray([...places.keys()]), textArray(events.map((event) => event.message))];
}

/** In the order of `commit_sessions`. */
export function commitParameters(commits: readonly Commit[], cipher: RowCipher): readonly (string | null)[] {
  return [
    textArray(commits.map((commit) => commit.sessionId)),
    plainArray(commits.map((commit) => commit.generation)),
    textArray(commits.map((commit) => commit.commitId)),
    plainArray(commits.map((commit) => commit.events.length)),
    plains(commits, (commit) => commit.activity || null),
    texts(commits, (commit) => commit.journal?.runId),
    plains(commits, (commit) => commit.journal?.position),
    ...eventColumns(commits),
    texts(commits, (commit) => commit.promptMove?.rpcId),
    texts(commits, demandedState),
    texts(commits, (commit) => commit.promptMove?.to),
    texts(commits, (commit) => commit.promptMove?.stopReason),
    texts(commits, ({ promptMove }) => (promptMove?.error === undefined ? null : JSON.stringify(promptMove.error))),
    texts(commits, ({ sandbox, sessionId }) => (sandbox === undefined ? null : JSON.stringify(cipher.sealSandbox(sessionId, sandbox)))),
    texts(commits, (commit) => commit.sandbox?.phase),
    texts(commits, (commit) => commit.sandbox?.sandboxId),
    plains(commits, ({ innerSessionId }) => (innerSessionId === undefined ? null : true)),
    texts(commits, (commit) => commit.innerSessionId),
    plains(commits, (commit) => commit.conversationStarted),
    ...(["release", "delete", "wake"] as const).map((intent) => plains(commits, (commit) => commit.clearIntents?.includes(intent) || null)),
    plains(commits, writesSession),
    texts(commits, extrasOf),
  ];
}
