import type { ServerResponse } from "node:http";
import { countAnswerTokens, countTokens, textOf, type MessageReply, type ToolCall } from "../conversation.ts";
import { sendJson } from "../dialect.ts";
import { dataEvent, paced, sendEvents } from "../event-stream.ts";
import { identifier, now } from "./identifiers.ts";
import type { ResponsesRequest } from "./responses-request.ts";

interface Answer {
  readonly reply: MessageReply;
  readonly request: ResponsesRequest;
  readonly message: Record<string, unknown>;
  readonly call: Record<string, unknown> | undefined;
}

function callItem({ name, input }: ToolCall): Record<string, unknown> {
  const ids = { call_id: identifier("call"), name, status: "completed" };
  if (typeof input === "string") return { id: identifier("ctc"), type: "custom_tool_call", ...ids, input };
  return { id: identifier("fc"), type: "function_call", ...ids, arguments: JSON.stringify(input) };
}

function answerOf(reply: MessageReply, request: ResponsesRequest): Answer {
  const message = { id: identifier("msg"), type: "message", role: "assistant", status: "completed", content: [{ type: "output_text", text: textOf(reply), annotations: [] }] };
  return { reply, request, message, call: reply.toolCall && callItem(reply.toolCall) };
}

function usage({ reply, request }: Answer): unknown {
  const input_tokens = countTokens(request.raw);
  const output_tokens = countAnswerTokens(reply);
  return { input_tokens, input_tokens_details: { cached_tokens: 0 }, output_tokens, output_tokens_details: { reasoning_tokens: 0 }, total_tokens: input_tokens + output_tokens };
}

function outputOf({ reply, message, call }: Answer): readonly unknown[] {
  return [...(reply.chunks.length > 0 ? [message] : []), ...(call ? [call] : [])];
}

function completed(id: string, answer: Answer): Record<string, unknown> {
  return { ...head(id, answer), status: "completed", output: outputOf(answer), usage: usage(answer) };
}

function head(id: string, { request }: Answer): Record<string, unknown> {
  return { id, object: "response", created_at: now(), model: request.model, status: "in_progress", output: [] };
}

/** Answers in one piece. */
export function sendResponse(reply: MessageReply, request: ResponsesRequest, response: ServerResponse): void {
  sendJson(response, 200, completed(identifier("resp"), answerOf(reply, request)));
}

/** Answers by server-sent events, in the order of the real API. */
export async function streamResponse(reply: MessageReply, request: ResponsesRequest, response: ServerResponse, signal: AbortSignal): Promise<void> {
  await sendEvents(response, events(answerOf(reply, request), signal), { signal });
}

async function* events(answer: Answer, signal: AbortSignal): AsyncGenerator<string> {
  const id = identifier("resp");
  let sequence_number = 0;
  const event = (type: string, fields: Record<string, unknown>): string => dataEvent({ type, sequence_number: sequence_number++, ...fields }, type);
  yield event("response.created", { response: head(id, answer) });
  if (answer.reply.chunks.length > 0) yield* textEvents(answer, event, signal);
  if (answer.call) yield* callEvents(answer.call, answer.reply.chunks.length > 0 ? 1 : 0, event);
  yield event("response.completed", { response: completed(id, answer) });
}

type MakeEvent = (type: string, fields: Record<string, unknown>) => string;

async function* textEvents({ reply, message }: Answer, event: MakeEvent, signal: AbortSignal): AsyncGenerator<string> {
  const place = { item_id: message["id"], output_index: 0, content_index: 0 };
  yield event("response.output_item.added", { output_index: 0, item: { ...message, status: "in_progress", content: [] } });
  yield event("response.content_part.added", { ...place, part: { type: "output_text", text: "", annotations: [] } });
  for await (const delta of paced(reply.chunks, signal)) yield event("response.output_text.delta", { ...place, delta });
  yield event("response.output_text.done", { ...place, text: textOf(reply) });
  yield event("response.output_item.done", { output_index: 0, item: message });
}

function* callEvents(item: Record<string, unknown>, output_index: number, event: MakeEvent): Generator<string> {
  yield event("response.output_item.added", { output_index, item: { ...item, status: "in_progress", ...("arguments" in item ? { arguments: "" } : { input: "" }) } });
  const place = { item_id: item["id"], output_index };
  if ("arguments" in item) yield event("response.function_call_arguments.delta", { ...place, delta: item["arguments"] });
  else yield event("response.custom_tool_call_input.delta", { ...place, delta: item["input"] });
  yield event("response.output_item.done", { output_index, item });
}
