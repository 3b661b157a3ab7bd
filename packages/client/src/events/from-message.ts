import { isJsonObject, ownEventPrefix, parseTerminalFrame, type JsonObject, type JsonValue } from "@agent-sdk/core";
import type { StreamEvent } from "../stream/follow.ts";
import type { AgentEvent, Elicitation, PermissionOption } from "./agent-event.ts";
import { humanText } from "./human-text.ts";

/** Without what every event has. */
type Fields<T extends AgentEvent = AgentEvent> = T extends AgentEvent ? Omit<T, "raw" | "rpcId" | "seq" | "toString"> : never;

const prototype = {
  toString(this: AgentEvent): string {
    return humanText(this);
  },
};

function text(value: JsonValue | undefined): string | null {
  return typeof value === "string" ? value : null;
}

function number(value: JsonValue | undefined): number | null {
  return typeof value === "number" ? value : null;
}

function objects(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

/** The text of a chunk; null where it is an image or anything else. */
function chunkText(update: JsonObject): string | null {
  const { content } = update;
  return isJsonObject(content) && content["type"] === "text" ? text(content["text"]) : text(update["text"]);
}

function chunkFields(type: "reasoning" | "text", update: JsonObject): Fields | null {
  const value = chunkText(update);
  return value === null ? null : { type, text: value };
}

function toolFields(update: JsonObject): Fields {
  const toolCallId = text(update["toolCallId"]) ?? "";
  const title = text(update["title"]);
  const status = text(update["status"]);
  if (status === "completed" || status === "failed") {
    return { type: "tool_result", toolCallId, title, status, content: update["content"] ?? null, output: update["rawOutput"] ?? null };
  }
  return { type: "tool", toolCallId, title, kind: text(update["kind"]), status, input: update["rawInput"] ?? null };
}

function usageFields(source: JsonObject): Fields {
  return { type: "usage", used: number(source["used"]), size: number(source["size"]), cost: source["cost"] ?? null };
}

/** An ACP session update (https://agentclientprotocol.com/protocol/prompt-turn), by its kind; older agents' names too. */
function updateFields(update: JsonObject): Fields | null {
  switch (text(update["sessionUpdate"]) ?? "") {
    case "agent_message_chunk":
    case "agent_message_delta":
      return chunkFields("text", update);
    case "agent_thought_chunk":
      return chunkFields("reasoning", update);
    case "tool_call":
    case "tool_call_update":
      return toolFields(update);
    case "plan":
      return { type: "plan", entries: objects(update["entries"]) };
    case "available_commands_update":
      return { type: "commands", commands: objects(update["availableCommands"]) };
    case "usage_update":
    case "usage_updated":
      return usageFields(update);
    default:
      return null;
  }
}

function optionFields(value: JsonValue | undefined): readonly PermissionOption[] {
  return objects(value).flatMap(({ option_id: optionId, kind, name }) => (typeof optionId === "string" ? [{ optionId, kind: text(kind) ?? "", name: text(name) ?? "" }] : []));
}

function elicitationFields({ mode, message, requested_schema: schema, url }: JsonObject): Elicitation {
  return { mode: text(mode) ?? "form", message: text(message) ?? "", requestedSchema: isJsonObject(schema) ? schema : null, url: text(url) };
}

function permissionFields(state: "requested" | "resolved", params: JsonObject): Fields {
  const { tool_call: toolCall } = params;
  const kind = params["kind"] === "elicitation" ? "elicitation" : "permission";
  const elicitation = kind === "elicitation" && state === "requested" ? elicitationFields(params) : null;
  return {
    type: "permission",
    state,
    requestId: text(params["request_id"]),
    kind,
    title: isJsonObject(toolCall) ? text(toolCall["title"]) : (elicitation?.message ?? null),
    toolCall: isJsonObject(toolCall) ? toolCall : null,
    options: optionFields(params["options"]),
    elicitation,
    outcome: params["outcome"] ?? null,
    optionKind: text(params["option_kind"]),
    action: text(params["action"]),
    policy: text(params["policy"]),
    answeredBy: text(params["answered_by"]),
  };
}

/** Agent SDK's own events. */
function ownFields(name: string, params: JsonObject): Fields | null {
  switch (name) {
    case "restored":
      return { type: "restored", how: text(params["how"]) ?? "unknown", reason: text(params["reason"]) };
    case "permission_requested":
      return permissionFields("requested", params);
    case "permission_resolved":
      return permissionFields("resolved", params);
    case "usage":
      return usageFields(params);
    default:
      return null;
  }
}

function terminalFields(message: JsonObject, rpcId: string): Fields | null {
  const frame = parseTerminalFrame(message, rpcId);
  if (frame === null) return null;
  if (frame.outcome === "result") return { type: "done", stopReason: frame.stopReason, usage: frame.result["usage"] ?? null };
  const { data, message: sentence } = frame.error;
  return { type: "error", kind: (isJsonObject(data) ? text(data["kind"]) : null) ?? "unknown", message: sentence };
}

function knownFields({ message, rpcId }: StreamEvent): Fields | null {
  const { method, params } = message;
  if (typeof method !== "string") return rpcId === null ? null : terminalFields(message, rpcId);
  if (!isJsonObject(params)) return null;
  if (method.startsWith(ownEventPrefix)) return ownFields(method.slice(ownEventPrefix.length), params);
  const { update } = params;
  return method === "session/update" && isJsonObject(update) ? updateFields(update) : null;
}

function otherFields({ message }: StreamEvent): Fields {
  const { method, params } = message;
  const update = isJsonObject(params) ? params["update"] : undefined;
  const kind = isJsonObject(update) ? text(update["sessionUpdate"]) : null;
  return { type: "other", name: kind ?? text(method) ?? "response" };
}

/** The typed event of a message. Every message is one: what is not known comes as `other`. */
export function toAgentEvent(event: StreamEvent): AgentEvent {
  const fields = knownFields(event) ?? otherFields(event);
  return Object.assign(Object.create(prototype) as object, fields, { seq: event.seq, rpcId: event.rpcId, raw: event.message }) as AgentEvent;
}
