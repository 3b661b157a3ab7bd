import type { JsonObject, JsonRpcErrorObject, JsonValue } from "./json.ts";
import { isJsonObject, isStorableText } from "./json.ts";
import type { FailureKind } from "./prompt.ts";

/** One row of a session's sequence. */
export interface StoredEvent {
  readonly sessionId: string;
  /** 1, 2, 3 … in a session, without gaps. Given by the store. */
  readonly seq: number;
  /** The prompt that it belongs to; null for an event of the session itself. */
  readonly rpcId: string | null;
  /** The JSON text, exactly as the agent wrote it, or one of ours. */
  readonly message: string;
  readonly createdAt: Date;
}

/** An event before the store numbered it. */
export interface NewEvent {
  readonly rpcId: string | null;
  readonly message: string;
}

/** The methods of the notifications that Agent SDK itself adds to a stream. */
export type OwnEventName =
  | "goodbye"
  | "invalid_message"
  | "permission_requested"
  | "permission_resolved"
  | "prompt_queued"
  | "prompt_started"
  | "restored"
  | "sandbox_changed"
  | "usage";

/** The prefix of our own methods. ACP reserves names that begin with an underscore for extensions. */
export const ownEventPrefix = "_agent_sdk/";

/** The text of one of our own notifications. */
export function ownEvent(name: OwnEventName, params: JsonObject): string {
  return JSON.stringify({ jsonrpc: "2.0", method: `${ownEventPrefix}${name}`, params });
}

/** A prompt's terminal frame for a regular ending. */
export function resultFrame(rpcId: string, result: JsonObject): string {
  return JSON.stringify({ jsonrpc: "2.0", id: rpcId, result });
}

/** A prompt's terminal frame for a failure. `data.kind` says which. */
export function errorFrame(rpcId: string, kind: FailureKind, message: string, options: { readonly code?: number; readonly data?: JsonObject } = {}): string {
  const error: JsonRpcErrorObject = { code: options.code ?? -32603, message, data: { ...options.data, kind } };
  return JSON.stringify({ jsonrpc: "2.0", id: rpcId, error });
}

/** How a prompt ended, read from its terminal frame. */
export type TerminalFrame =
  | { readonly outcome: "result"; readonly stopReason: string; readonly result: JsonObject }
  | { readonly outcome: "error"; readonly error: JsonRpcErrorObject };

function parseError(error: JsonObject): JsonRpcErrorObject {
  const data: JsonValue | undefined = error["data"];
  return {
    code: typeof error["code"] === "number" ? error["code"] : -32603,
    message: typeof error["message"] === "string" ? error["message"] : "The agent reported an error without a message.",
    ...(data === undefined ? {} : { data }),
  };
}

/** Stop reasons are words; anything longer is none. */
const maxStopReason = 100;

function malformed(what: string): TerminalFrame {
  return { outcome: "error", error: { code: -32603, message: `The agent answered the prompt with ${what}.` } };
}

/**
 * Recognises the terminal frame of the prompt `rpcId` in a parsed message: any JSON-RPC response with that id ends it, a malformed one as an error. It looks at
 * members only, so a tool's output that quotes such a frame is never one.
 * @returns null for anything else.
 */
export function parseTerminalFrame(message: unknown, rpcId: string): TerminalFrame | null {
  if (!isJsonObject(message) || "method" in message || message["id"] !== rpcId) return null;
  const { error, result } = message;
  if (isJsonObject(error)) return { outcome: "error", error: parseError(error) };
  if (error !== undefined && error !== null) return malformed("an error that is no object");
  if (!isJsonObject(result)) return malformed("no result");
  const stopReason = result["stopReason"] ?? "end_turn";
  return isStorableText(stopReason, maxStopReason) ? { outcome: "result", stopReason, result } : malformed("a stop reason that is none");
}
