import { randomUUID } from "node:crypto";
import type { ServerResponse } from "node:http";
import { countAnswerTokens, countTokens, textOf, type MessageReply, type ToolCall } from "../conversation.ts";
import { sendJson } from "../dialect.ts";
import { dataEvent, paced, sendEvents } from "../event-stream.ts";
import type { MessagesRequest } from "./request.ts";

function id(prefix: string): string {
  return `${prefix}_${randomUUID().replaceAll("-", "").slice(0, 24)}`;
}

function usage(request: MessagesRequest, outputTokens: number): Record<string, number> {
  const cache = { cache_creation_input_tokens: 0, cache_read_input_tokens: 0 };
  return { input_tokens: countTokens(request.raw), ...cache, output_tokens: outputTokens };
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
  const text = textOf(reply);
  const tool = reply.toolCall && { type: "tool_use", id: id("toolu"), ...reply.toolCall };
  const content = [...(text ? [{ type: "text", text }] : []), ...(tool ? [tool] : [])];
  sendJson(response, 200, message(request, content, stopReason(reply), countAnswerTokens(reply)));
}

/** Answers by server-sent events, in the order of the real API. */
export async function streamMessage(reply: MessageReply, request: MessagesRequest, response: ServerResponse, signal: AbortSignal): Promise<void> {
  await sendEvents(response, events(reply, request, signal), { signal, headers: { "request-id": id("req") } });
}

function event(type: string, fields: Record<string, unknown> = {}): string {
  return dataEvent({ type, ...fields }, type);
}

async function* events(reply: MessageReply, request: MessagesRequest, signal: AbortSignal): AsyncGenerator<string> {
  yield event("message_start", { message: message(request, [], null, 1) });
  yield event("ping");
  let index = 0;
  if (reply.chunks.length > 0) yield* textEvents(reply, index++, signal);
  if (reply.toolCall) yield* toolEvents(reply.toolCall, index);
  const delta = { stop_reason: stopReason(reply), stop_sequence: null };
  yield event("message_delta", { delta, usage: { output_tokens: countAnswerTokens(reply) } });
  yield event("message_stop");
}

async function* textEvents(reply: MessageReply, index: number, signal: AbortSignal): AsyncGenerator<string> {
  yield event("content_block_start", { index, content_block: { type: "text", text: "" } });
  for await (const text of paced(reply.chunks, signal)) yield event("content_block_delta", { index, delta: { type: "text_delta", text } });
  yield event("content_block_stop", { index });
}

function* toolEvents({ name, input }: ToolCall, index: number): Generator<string> {
  yield event("content_block_start", { index, content_block: { type: "tool_use", id: id("toolu"), name, input: {} } });
  const json = JSON.stringify(input);
  const middle = Math.ceil(json.length / 2);
  for (const partial_json of [json.slice(0, middle), json.slice(middle)]) {
    yield event("content_block_delta", { index, delta: { type: "input_json_delta", partial_json } });
  }
  yield event("content_block_stop", { index });
}
