import type { JsonObject } from "@agent-sdk/core";
import { expect, it } from "vitest";
import { toAgentEvent } from "./from-message.ts";

function update(fields: JsonObject): JsonObject {
  return { jsonrpc: "2.0", method: "session/update", params: { sessionId: "s", update: fields } };
}

function own(name: string, params: JsonObject): JsonObject {
  return { jsonrpc: "2.0", method: `_agent_sdk/${name}`, params };
}

const cases: readonly (readonly [string, JsonObject, object, string])[] = [
  ["text", update({ sessionUpdate: "agent_message_chunk", content: { type: "text", text: "hi" } }), { type: "text", text: "hi" }, "hi"],
  ["reasoning", update({ sessionUpdate: "agent_thought_chunk", content: { type: "text", text: "hm" } }), { type: "reasoning", text: "hm" }, "hm"],
  ["a tool", update({ sessionUpdate: "tool_call", toolCallId: "t", title: "Write a", kind: "edit", status: "pending", rawInput: { a: 1 } }), { type: "tool", toolCallId: "t", title: "Write a", kind: "edit", status: "pending", input: { a: 1 } }, "\n[edit] Write a\n"],
  ["a tool's progress", update({ sessionUpdate: "tool_call_update", toolCallId: "t", status: "in_progress" }), { type: "tool", title: null, status: "in_progress" }, ""],
  ["a tool's result", update({ sessionUpdate: "tool_call_update", toolCallId: "t", status: "completed", rawOutput: "ok" }), { type: "tool_result", status: "completed", output: "ok" }, ""],
  ["a tool's failure", update({ sessionUpdate: "tool_call_update", toolCallId: "t", status: "failed" }), { type: "tool_result", status: "failed" }, "\n[failed] t\n"],
  ["a plan", update({ sessionUpdate: "plan", entries: [{ content: "a", status: "completed" }, { content: "b", status: "pending" }] }), { type: "plan" }, "\nplan:\n  [x] a\n  [ ] b\n"],
  ["usage", update({ sessionUpdate: "usage_update", used: 5, size: 100 }), { type: "usage", used: 5, size: 100, cost: null }, ""],
  ["commands", update({ sessionUpdate: "available_commands_update", availableCommands: [{ name: "help" }] }), { type: "commands", commands: [{ name: "help" }] }, ""],
  ["restored", own("restored", { how: "load", reason: "sandbox_process_died" }), { type: "restored", how: "load" }, "\n[restored: load, sandbox_process_died]\n"],
  ["a question", own("permission_requested", { request_id: "q", kind: "permission", tool_call: { title: "Run x" }, options: [{ option_id: "y", kind: "allow_once", name: "Yes" }] }), { type: "permission", state: "requested", requestId: "q", kind: "permission", title: "Run x", options: [{ optionId: "y", kind: "allow_once", name: "Yes" }], elicitation: null }, "\n[permission] Run x\n"],
  ["an answer", own("permission_resolved", { request_id: "q", kind: "permission", outcome: { outcome: "selected", option_id: "n" }, option_kind: "reject_once", policy: "deny" }), { type: "permission", state: "resolved", outcome: { outcome: "selected", option_id: "n" }, optionKind: "reject_once", policy: "deny", answeredBy: null }, ""],
  ["a form", own("permission_requested", { request_id: "q", kind: "elicitation", mode: "form", message: "Your name?", requested_schema: { properties: {} } }), { kind: "elicitation", title: "Your name?", options: [], elicitation: { mode: "form", message: "Your name?", requestedSchema: { properties: {} }, url: null } }, "\n[permission] Your name?\n"],
  ["a form's answer", own("permission_resolved", { request_id: "q", kind: "elicitation", action: "accept", answered_by: "somebody" }), { kind: "elicitation", state: "resolved", action: "accept", policy: null, answeredBy: "somebody" }, ""],
  ["the end", { jsonrpc: "2.0", id: "p", result: { stopReason: "end_turn", usage: { total: 1 } } }, { type: "done", stopReason: "end_turn", usage: { total: 1 } }, "\n"],
  ["a failure", { jsonrpc: "2.0", id: "p", error: { code: -32603, message: "It died.", data: { kind: "sandbox_process_died" } } }, { type: "error", kind: "sandbox_process_died", message: "It died." }, "\n[error: sandbox_process_died] It died.\n"],
  ["an unknown update", update({ sessionUpdate: "hologram", x: 1 }), { type: "other", name: "hologram" }, ""],
  ["an unknown method", { jsonrpc: "2.0", method: "vendor/thing", params: {} }, { type: "other", name: "vendor/thing" }, ""],
  ["an image", update({ sessionUpdate: "agent_message_chunk", content: { type: "image", data: "" } }), { type: "other", name: "agent_message_chunk" }, ""],
  ["another request's answer", { jsonrpc: "2.0", id: "not-p", result: {} }, { type: "other", name: "response" }, ""],
];

it.each(cases)("gives %s", (_what, message, fields, human) => {
  const event = toAgentEvent({ seq: 7, rpcId: "p", message });
  expect(event).toMatchObject({ ...fields, seq: 7, rpcId: "p" });
  expect(event.raw).toBe(message);
  expect(String(event)).toBe(human);
});

it("shows only its own fields when it is logged", () => {
  const event = toAgentEvent({ seq: 1, rpcId: null, message: own("goodbye", {}) });
  expect(Object.keys(event).toSorted()).toEqual(["name", "raw", "rpcId", "seq", "type"]);
});
