import { randomUUID } from "node:crypto";
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { Reply, ToolCall } from "../conversation.ts";
import { sendJson } from "../dialect.ts";
import { countTokens, type MessagesRequest } from "./request.ts";

type MessageReply = Extract<Reply, { kind: "message" }>;

function id(prefix: string): string {
  return `${prefix}_${randomUUID().replaceAll("-", "").slice(0, 24)}`;
}

function usage(request: MessagesRequest, outputTokens: number): Record<string, number> {
  const cache = { cache_creation_input_tokens: 0, cache_read_input_tokens: 0 };
  return { input_tokens: countTokens(request), ...cache, output_tokens: outputTokens };
}

function outputTokens(reply: MessageReply): number {
  return Math.max(1, reply.chunks.length + (reply.toolCall ? 20 : 0));
}

function message(request: MessagesRequest, content: readonly unknown[], stopReason: string | null, tokens: number): unknown {
  const head = { id: id("msg"), type: "message", role: "assistant", model: request.model };
  return { ...head, content, stop_reason: stopReason, stop_sequence: null, usage: usage(request, tokens) };
}

function stopReason(reply: MessageReply): string {
  return reply.toolCall ? "tool_use" : "end_turn";
}

/** Answers in one piece. */
export function sendMessage(reply: MessageReply, request: MessagesRequest, response: ServerResponse): void {
  const text = reply.chunks.map((chunk) => chunk.text).join("");
  const tool = reply.toolCall && { type: "tool_use", id: id("toolu"), ...reply.toolCall };
  const content = [...(text ? [{ type: "text", text }] : []), ...(tool ? [tool] : [])];
  sendJson(response, 200, message(request, content, stopReason(reply), outputTokens(reply)));
}

/** Answers by server-sent events, in the order of the real API. Ends early, without an error, when the caller has gone. */
export async function streamMessage(reply: MessageReply, request: MessagesRequest, response: ServerResponse, signal: AbortSignal): Promise<void> {
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache", "request-id": id("req") });
  try {
    for await (const event of events(reply, request, signal)) {
      const written = response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
      if (!written) await once(response, "drain", { signal });
    }
    response.end();
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

interface StreamEvent {
  readonly type: string;
  readonly [field: string]: unknown;
}

async function* events(reply: MessageReply, request: MessagesRequest, signal: AbortSignal): AsyncGenerator<StreamEvent> {
  yield { type: "message_start", message: message(request, [], null, 1) };
  yield { type: "ping" };
  let index = 0;
  if (reply.chunks.length > 0) yield* textEvents(reply, index++, signal);
  if (reply.toolCall) yield* toolEvents(reply.toolCall, index);
  const delta = { stop_reason: stopReason(reply), stop_sequence: null };
  yield { type: "message_delta", delta, usage: { output_tokens: outputTokens(reply) } };
  yield { type: "message_stop" };
}

async function* textEvents(reply: MessageReply, index: number, signal: AbortSignal): AsyncGenerator<StreamEvent> {
  yield { type: "content_block_start", index, content_block: { type: "text", text: "" } };
  for (const { text, delayMilliseconds } of reply.chunks) {
    if (delayMilliseconds > 0) await sleep(delayMilliseconds, undefined, { signal });
    yield { type: "content_block_delta", index, delta: { type: "text_delta", text } };
  }
  yield { type: "content_block_stop", index };
}

function* toolEvents({ name, input }: ToolCall, index: number): Generator<StreamEvent> {
  yield { type: "content_block_start", index, content_block: { type: "tool_use", id: id("toolu"), name, input: {} } };
  const json = JSON.stringify(input);
  const middle = Math.ceil(json.length / 2);
  for (const partial_json of [json.slice(0, middle), json.slice(middle)]) {
    yield { type: "content_block_delta", index, delta: { type: "input_json_delta", partial_json } };
  }
  yield { type: "content_block_stop", index };
}
