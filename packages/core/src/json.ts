/** A value that JSON can carry. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** A JSON object. */
export type JsonObject = { readonly [key: string]: JsonValue };

/** The id of a JSON-RPC request. Ours are strings; other peers' may be numbers. */
export type JsonRpcId = string | number;

export interface JsonRpcRequest {
  readonly jsonrpc: "2.0";
  readonly id: JsonRpcId;
  readonly method: string;
  readonly params?: JsonValue;
}

export interface JsonRpcNotification {
  readonly jsonrpc: "2.0";
  readonly method: string;
  readonly params?: JsonValue;
}

export interface JsonRpcErrorObject {
  readonly code: number;
  readonly message: string;
  readonly data?: JsonValue;
}

export interface JsonRpcResponse {
  readonly jsonrpc: "2.0";
  readonly id: JsonRpcId;
  readonly result?: JsonValue;
  readonly error?: JsonRpcErrorObject;
}

/** One JSON-RPC 2.0 message (https://www.jsonrpc.org/specification), as ACP uses it. */
export type JsonRpcMessage = JsonRpcRequest | JsonRpcNotification | JsonRpcResponse;

/** True for a JSON object, false for null, arrays and scalars. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What a message is, by its members alone: a request has a method and an id, a notification only a method, a response neither. */
export function classifyMessage(message: JsonObject): "request" | "notification" | "response" | "invalid" {
  const hasId = typeof message["id"] === "string" || typeof message["id"] === "number";
  if (typeof message["method"] === "string") return hasId ? "request" : "notification";
  return hasId && ("result" in message || "error" in message) ? "response" : "invalid";
}

/** The value where it is text, the number as text, and otherwise `otherwise`. For members of other peers' messages that should be text. */
export function asText(value: JsonValue | undefined, otherwise = ""): string {
  return typeof value === "string" ? value : typeof value === "number" ? String(value) : otherwise;
}

/** Whether text of another peer can become a database column of its own: not too long, and without NUL, which PostgreSQL's text cannot hold. */
export function isStorableText(value: unknown, maxLength: number): value is string {
  return typeof value === "string" && value.length <= maxLength && !value.includes("\0");
}
