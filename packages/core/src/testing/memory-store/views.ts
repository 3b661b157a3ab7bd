import { isTerminalPromptState } from "../../prompt.ts";
import type { Session, SessionHead } from "../../session.ts";
import type { PromptRow, SessionRow, Tables } from "./tables.ts";
import { copy, dateOf, isAlive } from "./tables.ts";

export function headOf(tables: Tables, row: SessionRow): SessionHead {
  const { ownerReplicaId, generation, lastSeq, firstSeq, journal } = row;
  return copy({ sessionId: row.id, ownerReplicaId, ownerAlive: isAlive(tables, ownerReplicaId), generation, lastSeq, firstSeq, journal });
}

export function sessionOf(tables: Tables, row: SessionRow): Session {
  const { id, tenant, agentId, volumeId, settings, sandbox, innerSessionId, conversationStarted, intents } = row;
  return {
    ...copy({ id, tenant, agentId, volumeId, settings, sandbox, innerSessionId, conversationStarted, intents }),
    createdAt: dateOf(row.createdAt),
    lastActivityAt: dateOf(row.lastActivityAt),
    head: headOf(tables, row),
  };
}

/** The volumes that a session's sandbox uses. */
export function volumesOf(session: { readonly volumeId: string; readonly mountedVolumeIds?: readonly string[] | undefined }): readonly string[] {
  return [session.volumeId, ...(session.mountedVolumeIds ?? [])];
}

export function hasCompute(row: SessionRow): boolean {
  return row.sandbox.phase !== "none";
}

export function hasIntents(row: SessionRow): boolean {
  return row.intents.release || row.intents.delete || row.intents.wake;
}

export function unfinishedPrompts(row: SessionRow): PromptRow[] {
  return row.prompts.filter((prompt) => !isTerminalPromptState(prompt.state));
}

/** Intents, a waiting prompt while none runs, a running one that is to be cancelled, or an answer that was not handed over. */
export function hasWorkForOwner(row: SessionRow): boolean {
  const running = row.prompts.find((prompt) => prompt.state === "running");
  const waiting = row.prompts.some((prompt) => prompt.state === "queued");
  if (row.questions.some((question) => question.state === "answered")) return true;
  return hasIntents(row) || (running === undefined ? waiting : running.cancelRequestedAt !== null);
}
