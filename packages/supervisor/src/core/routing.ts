import { Buffer } from "node:buffer";
import type { JsonRpcId } from "@agent-sdk/core";
import { classifyMessage, isJsonObject } from "@agent-sdk/core";

/** What a message's line must be known by to be routed. Everything else in it is carried unread. */
export type Route =
  | { readonly kind: "notification"; readonly sessionId: string | null }
  | { readonly kind: "request"; readonly id: JsonRpcId; readonly sessionId: string | null }
  | { readonly kind: "response"; readonly id: JsonRpcId; readonly failed: boolean }
  | { readonly kind: "unroutable" };

const updatePrefix = Buffer.from('{"jsonrpc":"2.0","method":"session/update",');
const sessionPrefix = Buffer.from('"params":{"sessionId":"');
const quote = 0x22;
const backslash = 0x5c;
const closingBrace = 0x7d;

function startsWith(block: Buffer, start: number, end: number, prefix: Buffer): boolean {
  if (end - start < prefix.length) return false;
  for (let index = 0; index < prefix.length; index++) if (block[start + index] !== prefix[index]) return false;
  return true;
}

/**
 * The hot path: an update as every known agent writes it, recognised by its first bytes. ACP defines `session/update` as a notification, so it
 * needs no routing beyond its session. `end` excludes the newline.
 */
export function isPlainUpdate(block: Buffer, start: number, end: number): boolean {
  return block[end - 1] === closingBrace && startsWith(block, start, end, updatePrefix);
}

/** The session of a plain update without parsing it; undefined when its members are in another order or the id has escapes. */
function plainSessionId(block: Buffer, start: number, end: number): string | undefined {
  const at = start + updatePrefix.length;
  if (!startsWith(block, at, end, sessionPrefix)) return undefined;
  const from = at + sessionPrefix.length;
  const to = block.indexOf(quote, from);
  if (to < 0 || to >= end) return undefined;
  const id = block.subarray(from, to);
  return id.includes(backslash) ? undefined : id.toString("utf8");
}

/** Classifies one line by parsing it. `null` means that it is not a JSON object. */
export function parseRoute(line: string): Route | null {
  let message: unknown;
  try {
    message = JSON.parse(line);
  } catch {
    return null;
  }
  if (!isJsonObject(message)) return null;
  const params = message["params"];
  const sessionId = isJsonObject(params) && typeof params["sessionId"] === "string" ? params["sessionId"] : null;
  const id = message["id"] as JsonRpcId;
  const kind = classifyMessage(message);
  if (kind === "invalid") return { kind: "unroutable" };
  if (kind === "notification") return { kind, sessionId };
  return kind === "request" ? { kind, id, sessionId } : { kind, id, failed: "error" in message };
}

/** As {@link parseRoute}, with the fast path for plain updates. `end` excludes the newline. */
export function routeLine(block: Buffer, start: number, end: number): Route | null {
  if (isPlainUpdate(block, start, end)) {
    const sessionId = plainSessionId(block, start, end);
    if (sessionId !== undefined) return { kind: "notification", sessionId };
  }
  return parseRoute(block.toString("utf8", start, end));
}
