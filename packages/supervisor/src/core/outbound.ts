import { Buffer } from "node:buffer";
import type { JsonRpcId } from "@agent-sdk/core";
import { replaceMember } from "./json-member.ts";
import { isPlainUpdate, parseRoute, type Route } from "./routing.ts";
import type { AgentRequest, IdMap, PendingRequest } from "./requests.ts";

const newline = 0x0a;

/** What a block of the agent's lines became. */
export interface OutboundBlock {
  /** The lines to journal, each with its newline. */
  readonly bytes: Buffer;
  readonly count: number;
}

/** What the lines of an agent change in a run. */
export interface OutboundEffects {
  readonly pending: IdMap<PendingRequest>;
  readonly unanswered: IdMap<AgentRequest>;
  /** An answer is about to go to the journal as `line`, at `position`. */
  answered(request: PendingRequest, line: Buffer, failed: boolean, position: number): void;
  /** A line that is no message. */
  rejectLine(line: string): void;
}

function applyRoute(route: Route, line: Buffer, position: number, effects: OutboundEffects): Buffer {
  if (route.kind === "request") effects.unanswered.set(route.id, { position, sessionId: route.sessionId, line: Buffer.from(line) });
  if (route.kind !== "response") return line;
  const request = effects.pending.take(route.id);
  if (!request) return line;
  const answer = request.originalId === request.agentId ? line : withId(line, request.originalId);
  effects.answered(request, answer, route.failed, position);
  return answer;
}

/** The same message with another id; nothing else changes. */
export function withId(line: Buffer, id: JsonRpcId): Buffer {
  return replaceMember(line, "id", JSON.stringify(id));
}

/**
 * Routes each line of a block. A block of plain updates comes back as it is, unparsed and uncopied; a line is replaced only to restore
 * the id of an answer, and left out only when it is not a JSON object.
 */
export function routeBlock(block: Buffer, firstPosition: number, effects: OutboundEffects): OutboundBlock {
  let parts: Buffer[] | null = null;
  let count = 0;
  let copied = 0;
  for (let start = 0; start < block.length; ) {
    const end = block.indexOf(newline, start);
    if (!isPlainUpdate(block, start, end)) {
      const line = block.subarray(start, end + 1);
      const replaced = routeOther(line, firstPosition + count, effects);
      if (replaced !== line) {
        parts ??= [];
        parts.push(block.subarray(copied, start));
        if (replaced) parts.push(replaced);
        copied = end + 1;
      }
      if (!replaced) count--;
    }
    count++;
    start = end + 1;
  }
  if (!parts) return { bytes: block, count };
  parts.push(block.subarray(copied));
  return { bytes: Buffer.concat(parts), count };
}

/** @returns the line to journal, null for none. */
function routeOther(line: Buffer, position: number, effects: OutboundEffects): Buffer | null {
  const text = line.toString("utf8");
  const route = parseRoute(text);
  if (route) return applyRoute(route, line, position, effects);
  if (text.trim() !== "") effects.rejectLine(text.trim());
  return null;
}
