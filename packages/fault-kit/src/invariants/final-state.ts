import type { JsonObject, Prompt, Session, Store, StoredEvent } from "@agent-sdk/core";
import { asText, isJsonObject, isTerminalPromptState, ownEventPrefix, parseTerminalFrame } from "@agent-sdk/core";
import type { Violations } from "../kernel/violations.ts";
import type { Ledger } from "./ledger.ts";

/** One stored event with its message parsed. */
interface ParsedEvent extends StoredEvent {
  readonly parsed: JsonObject;
}

export async function allEvents(store: Store, sessionId: string): Promise<readonly ParsedEvent[]> {
  const events: ParsedEvent[] = [];
  for (let after = 0; ; ) {
    const page = await store.events.read(sessionId, { after, limit: 1000 });
    if (page.length === 0) return events;
    events.push(...page.map((event) => ({ ...event, parsed: JSON.parse(event.message) as JsonObject })));
    after = page.at(-1)!.seq;
  }
}

function paramsOf(event: ParsedEvent, name: string): JsonObject | null {
  if (event.parsed["method"] !== `${ownEventPrefix}${name}`) return null;
  return isJsonObject(event.parsed["params"]) ? event.parsed["params"] : {};
}

/** The mark in one of the simulated agent's updates. */
function markOf(event: ParsedEvent): string | null {
  const { method, params } = event.parsed;
  if (method !== "session/update" || !isJsonObject(params) || !isJsonObject(params["update"])) return null;
  const { sessionUpdate, content } = params["update"];
  return sessionUpdate === "agent_message_chunk" && isJsonObject(content) ? asText(content["text"]) : null;
}

/** Checks everything of one session that must hold at rest. */
export async function checkSession(store: Store, session: Session, ledger: Ledger, violations: Violations): Promise<readonly ParsedEvent[]> {
  const events = await allEvents(store, session.id);
  events.forEach((event, index) => violations.check(event.seq === index + 1, "2 the sequence has no gap", () => `${session.id}: ${event.seq} at ${index + 1}`));
  const prompts = await store.prompts.list(session.id);
  for (const prompt of prompts) checkPrompt(session, prompt, events, ledger, violations);
  checkOrder(session, prompts, events, violations);
  checkUtterances(session, events, ledger, violations);
  violations.check(!["creating", "stopping", "destroying"].includes(session.sandbox.phase), "15 no intent is left over", () => `${session.id} is ${session.sandbox.phase}`);
  return events;
}

function checkPrompt(session: Session, prompt: Prompt, events: readonly ParsedEvent[], ledger: Ledger, violations: Violations): void {
  const where = `${session.id}/${prompt.rpcId}`;
  const frames = events.filter((event) => parseTerminalFrame(event.parsed, prompt.rpcId) !== null);
  violations.check(isTerminalPromptState(prompt.state), "9 every accepted prompt ends", () => `${where} is ${prompt.state}`);
  violations.check(frames.length === 1, "9 a prompt has one terminal frame", () => `${where}: ${frames.length}`);
  const end = frames[0]?.seq ?? 0;
  const late = events.filter((event) => event.rpcId === prompt.rpcId && event.seq > end);
  violations.check(late.length === 0, "24 nothing of a prompt follows its terminal frame", () => `${where}: ${late.map((event) => event.message.slice(0, 80)).join(", ")}`);
  const announced = events.filter((event) => event.rpcId === prompt.rpcId && paramsOf(event, "sandbox_changed")?.["retry"] === true).length;
  const executions = ledger.executions.get(prompt.rpcId) ?? 0;
  violations.check(executions <= 1 + announced, "8 a prompt runs once, or its re-drive is announced", () => `${where}: ran ${executions} times, ${announced} announced`);
}

/** One at a time and in the order of the queue, read from the stream itself. */
function checkOrder(session: Session, prompts: readonly Prompt[], events: readonly ParsedEvent[], violations: Violations): void {
  const positions = new Map(prompts.map((prompt) => [prompt.rpcId, prompt.position]));
  let open: string | null = null;
  let last = 0;
  for (const event of events) {
    const started = paramsOf(event, "prompt_started");
    if (started && event.rpcId !== null) {
      violations.check(open === null || open === event.rpcId, "10 one prompt runs at a time", () => `${session.id}: ${event.rpcId} began in ${String(open)}`);
      const position = positions.get(event.rpcId) ?? 0;
      violations.check(position >= last, "10 first in, first out", () => `${session.id}: ${event.rpcId} at ${position} after ${last}`);
      open = event.rpcId;
      last = position;
    } else if (open !== null && parseTerminalFrame(event.parsed, open) !== null) open = null;
  }
}

/** What agents said is stored in their order, each once, under its prompt; and all of what they said of a prompt that they answered. */
function checkUtterances(session: Session, events: readonly ParsedEvent[], ledger: Ledger, violations: Violations): void {
  const stored = new Map<string, ParsedEvent>();
  for (const event of events) {
    const mark = markOf(event);
    if (mark === null) continue;
    violations.check(!stored.has(mark), "7 what an agent said is stored once", () => `${session.id}: ${mark}`);
    stored.set(mark, event);
  }
  const ofPrompts = new Map<string, string[]>();
  for (const { mark, rpcId } of ledger.utterances) ofPrompts.set(rpcId, [...(ofPrompts.get(rpcId) ?? []), mark]);
  const own = new Set(events.map((event) => event.rpcId));
  for (const [rpcId, marks] of ofPrompts) if (own.has(rpcId)) checkPromptUtterances(session, { rpcId, marks }, { events, stored }, violations);
}

function checkPromptUtterances(
  session: Session,
  prompt: { readonly rpcId: string; readonly marks: readonly string[] },
  { events, stored }: { readonly events: readonly ParsedEvent[]; readonly stored: ReadonlyMap<string, ParsedEvent> },
  violations: Violations,
): void {
  const where = `${session.id}/${prompt.rpcId}`;
  let last = 0;
  const missing: string[] = [];
  for (const mark of prompt.marks) {
    const event = stored.get(mark);
    if (!event) {
      missing.push(mark);
      continue;
    }
    violations.check(event.seq > last, "7 what an agent said is stored in its order", () => `${where}: ${mark}`);
    violations.check(event.rpcId === prompt.rpcId, "an event belongs to the prompt that it was said of", () => `${where}: ${mark} under ${String(event.rpcId)}`);
    last = event.seq;
  }
  const end = events.map((event) => parseTerminalFrame(event.parsed, prompt.rpcId)).find((frame) => frame !== null);
  const isAnswered = end?.outcome === "result" && end.stopReason === "end_turn";
  // Of a run that was lost its tail may be missing; of one that ended the prompt regularly, nothing.
  const finalRun = prompt.marks.at(-1)?.split("/").slice(0, -1).join("/");
  const lost = missing.filter((mark) => mark.startsWith(`${finalRun}/`));
  violations.check(!isAnswered || lost.length === 0, "7 nothing of an answered prompt is missing", () => `${where}: ${lost.join(", ")}`);
}
