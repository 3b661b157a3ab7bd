import { AgentSdkError } from "../../errors.ts";
import type { JsonValue } from "../../json.ts";
import { isJsonObject } from "../../json.ts";
import { isTerminalPromptState } from "../../prompt.ts";
import type { NewPrompt, PromptCounts, PromptStore } from "../../store.ts";
import { queueFull, queueLimits } from "../../store.ts";
import type { PromptRow, SessionRow, Tables } from "./tables.ts";
import { appendEvent, copy, currentMoment, dateOf, requireSession } from "./tables.ts";

/** The same text for the same value, whatever the order of its members. */
function canonical(value: JsonValue): string {
  return JSON.stringify(value, (_key, inner: unknown) => (isJsonObject(inner) ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1))) : inner));
}

function newRow(prompt: NewPrompt, options: { readonly position: number; readonly createdAt: Date }): PromptRow {
  const { rpcId, sessionId, content, model, onSandboxLoss } = prompt;
  return {
    rpcId, sessionId, position: options.position, state: "queued", content: copy(content), model, onSandboxLoss, attempt: 0,
    cancelRequestedAt: null, stopReason: null, error: null, createdAt: options.createdAt, startedAt: null, endedAt: null,
  };
}

function markForCancelling(tables: Tables, session: SessionRow): PromptRow | null {
  const oldest = session.prompts.find((prompt) => !isTerminalPromptState(prompt.state));
  if (oldest === undefined) return null;
  oldest.cancelRequestedAt ??= dateOf(currentMoment(tables));
  return oldest;
}

function bytesOf(content: readonly JsonValue[]): number {
  return new TextEncoder().encode(JSON.stringify(content)).length;
}

function countsOf(prompts: readonly PromptRow[]): PromptCounts {
  const queued = prompts.filter((prompt) => prompt.state === "queued");
  const queuedBytes = queued.reduce((sum, prompt) => sum + bytesOf(prompt.content), 0);
  return { queued: queued.length, running: prompts.filter((prompt) => prompt.state === "running").length, queuedBytes };
}

function assertRoom(session: SessionRow, prompt: NewPrompt): void {
  const { queued, queuedBytes } = countsOf(session.prompts);
  if (queued + 1 > queueLimits.prompts || queuedBytes + bytesOf(prompt.content) > queueLimits.bytes) throw queueFull();
}

function requirePrompt(session: SessionRow, rpcId: string): PromptRow {
  const prompt = session.prompts.find((candidate) => candidate.rpcId === rpcId);
  if (prompt === undefined) throw new AgentSdkError("not_found", `There is no prompt ${rpcId}.`);
  return prompt;
}

export function promptsInMemory(tables: Tables): PromptStore {
  const { sessions } = tables;
  return {
    async enqueue(prompt) {
      const session = requireSession(tables, prompt.sessionId);
      const existing = session.prompts.find((candidate) => candidate.rpcId === prompt.rpcId);
      if (existing !== undefined) {
        if (canonical(existing.content) !== canonical(prompt.content)) throw new AgentSdkError("conflict", `The id ${prompt.rpcId} belongs to another prompt.`);
        return { prompt: copy(existing), created: false, seq: null };
      }
      if (session.intents.delete) throw new AgentSdkError("not_found", `The session ${session.id} is being deleted.`);
      assertRoom(session, prompt);
      const moment = currentMoment(tables);
      if (prompt.interrupt) markForCancelling(tables, session);
      session.lastPosition += 1;
      session.lastActivityAt = moment;
      const row = newRow(prompt, { position: session.lastPosition, createdAt: dateOf(moment) });
      session.prompts.push(row);
      return { prompt: copy(row), created: true, seq: appendEvent(tables, session, { rpcId: prompt.rpcId, message: prompt.event }) };
    },
    async get(sessionId, rpcId) {
      return copy(sessions.get(sessionId)?.prompts.find((prompt) => prompt.rpcId === rpcId) ?? null);
    },
    async count(sessionId) {
      return countsOf(sessions.get(sessionId)?.prompts ?? []);
    },
    async countEach(sessionIds) {
      const counts = sessionIds.map((id) => [id, countsOf(sessions.get(id)?.prompts ?? [])] as const);
      return new Map(counts.filter(([, { queued, running }]) => queued + running > 0).map(([id, { queued, running }]) => [id, { queued, running }]));
    },
    async countAll() {
      const { queued, running } = countsOf([...sessions.values()].flatMap((session) => session.prompts));
      return { queued, running };
    },
    async list(sessionId, filter = {}) {
      const rows = sessions.get(sessionId)?.prompts ?? [];
      return copy(rows.filter((prompt) => filter.states === undefined || filter.states.includes(prompt.state)).slice(0, filter.limit));
    },
    async requestCancel(sessionId) {
      const session = sessions.get(sessionId);
      return session === undefined ? null : copy(markForCancelling(tables, session));
    },
    async cancelQueued(sessionId, rpcId, terminalEvent) {
      const session = requireSession(tables, sessionId);
      const prompt = requirePrompt(session, rpcId);
      if (prompt.state !== "queued") throw new AgentSdkError("conflict", `The prompt ${rpcId} is ${prompt.state}.`);
      Object.assign(prompt, { state: "cancelled", stopReason: "cancelled", endedAt: dateOf(currentMoment(tables)) } satisfies Partial<PromptRow>);
      return { prompt: copy(prompt), seq: appendEvent(tables, session, { rpcId, message: terminalEvent }) };
    },
  };
}
