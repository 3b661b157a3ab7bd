import type { JsonObject, JsonValue, StoredEvent } from "@agent-sdk/core";
import { asText, isJsonObject, ownEventPrefix, parseTerminalFrame } from "@agent-sdk/core";
import type { LogRow } from "../session-service.ts";

interface OpenBlock {
  readonly kind: "assistant_message" | "reasoning";
  readonly rpcId: string | null;
  text: string;
}

const chunkKinds: Readonly<Record<string, OpenBlock["kind"]>> = { agent_message_chunk: "assistant_message", agent_thought_chunk: "reasoning" };
const finalToolStatuses: readonly JsonValue[] = ["completed", "failed"];

function textOf(content: JsonValue | undefined): string {
  return isJsonObject(content) && typeof content["text"] === "string" ? content["text"] : "";
}

/** The text of a prompt's content blocks. */
function promptText(content: JsonValue | undefined): string {
  return Array.isArray(content) ? content.map(textOf).filter(Boolean).join("\n") : "";
}

/**
 * Derives log rows from a session's events, in the stream's order: whole blocks of text, not tokens. Because rows come from the stored sequence and from
 * nothing else, a turn that nobody watched is logged the same, and the two orders cannot differ.
 */
export class LogProjection {
  #block: OpenBlock | null = null;
  readonly #tools = new Map<string, JsonObject>();
  #row = { seq: 0, part: 0 };

  /** The rows that this event completes. */
  add(event: StoredEvent): readonly LogRow[] {
    const message: unknown = JSON.parse(event.message);
    if (!isJsonObject(message)) return [];
    const params = isJsonObject(message["params"]) ? message["params"] : {};
    if (message["method"] === "session/update") return this.#update(event, isJsonObject(params["update"]) ? params["update"] : {});
    if (message["method"] === `${ownEventPrefix}prompt_started`) return [...this.#close(event), this.#make(event, "user_message", { text: promptText(params["content"]), prompt_id: event.rpcId })];
    if (event.rpcId === null || "method" in message) return [];
    return this.#end(event, message, event.rpcId);
  }

  #update(event: StoredEvent, update: JsonObject): readonly LogRow[] {
    const kind = asText(update["sessionUpdate"]);
    const block = chunkKinds[kind];
    if (block) return this.#chunk(event, block, textOf(update["content"]));
    if (kind === "tool_call") return [...this.#close(event), ...this.#toolCall(event, update)];
    if (kind === "tool_call_update") return [...this.#close(event), ...this.#toolUpdate(event, update)];
    if (kind !== "usage_update") return [];
    const { sessionUpdate: _kind, ...usage } = update;
    return [this.#make(event, "usage", { prompt_id: event.rpcId, ...usage })];
  }

  #chunk(event: StoredEvent, kind: OpenBlock["kind"], text: string): readonly LogRow[] {
    const open = this.#block;
    if (open?.kind === kind && open.rpcId === event.rpcId) {
      open.text += text;
      return [];
    }
    const rows = this.#close(event);
    this.#block = { kind, rpcId: event.rpcId, text };
    return rows;
  }

  #toolCall(event: StoredEvent, update: JsonObject): readonly LogRow[] {
    const id = asText(update["toolCallId"]);
    this.#tools.set(id, update);
    const row = this.#make(event, "tool_call", { ...this.#tool(event, update), args: update["rawInput"] ?? null });
    return finalToolStatuses.includes(update["status"] ?? null) ? [row, ...this.#toolResult(event, id, update)] : [row];
  }

  #toolUpdate(event: StoredEvent, update: JsonObject): readonly LogRow[] {
    const id = asText(update["toolCallId"]);
    const known = this.#tools.get(id);
    const merged = { ...known, ...update };
    // Some agents ask first and never announce the call: the log has it all the same.
    const rows = known ? [] : [this.#make(event, "tool_call", { ...this.#tool(event, merged), args: merged["rawInput"] ?? null })];
    this.#tools.set(id, merged);
    return finalToolStatuses.includes(update["status"] ?? null) ? [...rows, ...this.#toolResult(event, id, merged)] : rows;
  }

  #toolResult(event: StoredEvent, id: string, update: JsonObject): readonly LogRow[] {
    this.#tools.delete(id);
    return [this.#make(event, "tool_result", { ...this.#tool(event, update), status: update["status"] ?? null, result: update["rawOutput"] ?? update["content"] ?? null })];
  }

  #tool(event: StoredEvent, update: JsonObject): JsonObject {
    return { tool: update["kind"] ?? null, tool_name: update["title"] ?? null, tool_call_id: update["toolCallId"] ?? null, prompt_id: event.rpcId };
  }

  #end(event: StoredEvent, message: JsonObject, rpcId: string): readonly LogRow[] {
    const frame = parseTerminalFrame(message, rpcId);
    if (!frame) return [];
    const rows = this.#close(event);
    this.#tools.clear();
    if (frame.outcome === "result") {
      const usage = frame.result["usage"];
      return [...rows, this.#make(event, "turn_end", { stop_reason: frame.stopReason, prompt_id: rpcId, ...(usage === undefined ? {} : { usage }) })];
    }
    const kind = isJsonObject(frame.error.data) ? (frame.error.data["kind"] ?? "unknown") : "unknown";
    return [...rows, this.#make(event, "error", { message: frame.error.message, kind, prompt_id: rpcId })];
  }

  #close(event: StoredEvent): readonly LogRow[] {
    const open = this.#block;
    this.#block = null;
    return open && open.text !== "" ? [this.#make(event, open.kind, { text: open.text, prompt_id: open.rpcId })] : [];
  }

  #make(event: StoredEvent, eventType: LogRow["eventType"], payload: JsonObject): LogRow {
    this.#row = this.#row.seq === event.seq ? { seq: event.seq, part: this.#row.part + 1 } : { seq: event.seq, part: 0 };
    return { id: event.seq * 10 + this.#row.part, eventType, payload, createdAt: event.createdAt };
  }
}
