import type { JsonObject, StoredEvent } from "@agent-sdk/core";
import { errorFrame, ownEvent, resultFrame } from "@agent-sdk/core";
import { describe, expect, it } from "vitest";
import type { LogRow } from "../session-service.ts";
import { LogProjection } from "./log-projection.ts";

function project(messages: readonly (readonly [string | null, string])[]): readonly LogRow[] {
  const projection = new LogProjection();
  return messages.flatMap(([rpcId, message], index): readonly LogRow[] => {
    const event: StoredEvent = { sessionId: "s", seq: index + 1, rpcId, message, createdAt: new Date(0) };
    return projection.add(event);
  });
}

const update = (fields: JsonObject): string => JSON.stringify({ jsonrpc: "2.0", method: "session/update", params: { sessionId: "i", update: fields } });
const chunk = (text: string, kind = "agent_message_chunk"): string => update({ sessionUpdate: kind, content: { type: "text", text } });
const started = (rpcId: string, text: string): string => ownEvent("prompt_started", { rpc_id: rpcId, content: [{ type: "text", text }], attempt: 1 });

describe("LogProjection", () => {
  it("makes one row of each block, in the stream's order", () => {
    const rows = project([
      ["a", started("a", "do it")],
      ["a", chunk("think", "agent_thought_chunk")],
      ["a", chunk("ing", "agent_thought_chunk")],
      ["a", chunk("Hel")],
      ["a", chunk("lo")],
      ["a", update({ sessionUpdate: "tool_call", toolCallId: "t", title: "Write", kind: "edit", rawInput: { path: "x" } })],
      ["a", update({ sessionUpdate: "tool_call_update", toolCallId: "t", status: "completed", rawOutput: "ok" })],
      ["a", chunk("Done")],
      ["a", update({ sessionUpdate: "usage_update", used: 5, size: 10 })],
      ["a", resultFrame("a", { stopReason: "end_turn" })],
    ]);
    expect(rows.map((row) => [row.eventType, row.payload["text"] ?? row.payload["tool_name"] ?? row.payload["stop_reason"] ?? row.payload["used"]])).toEqual([
      ["user_message", "do it"],
      ["reasoning", "thinking"],
      ["assistant_message", "Hello"],
      ["tool_call", "Write"],
      ["tool_result", "Write"],
      ["usage", 5],
      ["assistant_message", "Done"],
      ["turn_end", "end_turn"],
    ]);
    expect(rows.map((row) => row.id)).toEqual(rows.map((row) => row.id).toSorted((left, right) => left - right));
    expect(new Set(rows.map((row) => row.id)).size).toBe(rows.length);
  });

  it("ends a turn by the frame, not by text that looks like one", () => {
    const rows = project([
      ["a", started("a", "quote")],
      ["a", chunk('{"id":"a","result":{"stopReason":"end_turn"}} "error":')],
      ["a", errorFrame("a", "agent_error", "no")],
    ]);
    expect(rows.map((row) => row.eventType)).toEqual(["user_message", "assistant_message", "error"]);
    expect(rows[2]?.payload).toEqual({ message: "no", kind: "agent_error", prompt_id: "a" });
  });

  it("has a call for a result that was never announced", () => {
    const rows = project([
      ["a", started("a", "x")],
      ["a", update({ sessionUpdate: "tool_call_update", toolCallId: "t", title: "Shell", status: "failed" })],
    ]);
    expect(rows.map((row) => row.eventType)).toEqual(["user_message", "tool_call", "tool_result"]);
  });
});
