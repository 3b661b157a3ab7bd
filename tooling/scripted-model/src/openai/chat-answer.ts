import type { ServerResponse } from "node:http";
import { countAnswerTokens, countTokens, textOf, type MessageReply, type ToolCall } from "../conversation.ts";
import { sendJson } from "../dialect.ts";
import { dataEvent, paced, sendEvents } from "../event-stream.ts";
import type { ChatRequest } from "./chat-request.ts";
import { identifier, now } from "./identifiers.ts";

function usage(reply: MessageReply, request: ChatRequest): unknown {
  const prompt_tokens = countTokens(request.raw);
  const completion_tokens = countAnswerTokens(reply);
  return { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens };
}

function call({ name, input }: ToolCall): Record<string, unknown> {
  return { id: identifier("call"), type: "function", function: { name, arguments: JSON.stringify(input) } };
}

function finishReason(reply: MessageReply): string {
  return reply.toolCall ? "tool_calls" : "stop";
}

/** Answers in one piece. */
export function sendCompletion(reply: MessageReply, request: ChatRequest, response: ServerResponse): void {
  const message = { role: "assistant", content: textOf(reply), ...(reply.toolCall ? { tool_calls: [call(reply.toolCall)] } : {}) };
  const choices = [{ index: 0, message, finish_reason: finishReason(reply) }];
  sendJson(response, 200, { id: identifier("chatcmpl"), object: "chat.completion", created: now(), model: request.model, choices, usage: usage(reply, request) });
}

/** Answers by server-sent events, in the order of the real API. */
export async function streamCompletion(reply: MessageReply, request: ChatRequest, response: ServerResponse, signal: AbortSignal): Promise<void> {
  await sendEvents(response, events(reply, request, signal), { signal });
}

async function* events(reply: MessageReply, request: ChatRequest, signal: AbortSignal): AsyncGenerator<string> {
  const head = { id: identifier("chatcmpl"), object: "chat.completion.chunk", created: now(), model: request.model };
  const chunk = (delta: unknown, finish_reason: string | null = null): string => dataEvent({ ...head, choices: [{ index: 0, delta, finish_reason }] });
  yield chunk({ role: "assistant", content: "" });
  for await (const content of paced(reply.chunks, signal)) yield chunk({ content });
  if (reply.toolCall) yield chunk({ tool_calls: [{ index: 0, ...call(reply.toolCall) }] });
  yield chunk({}, finishReason(reply));
  if (request.includeUsage) yield dataEvent({ ...head, choices: [], usage: usage(reply, request) });
  yield "data: [DONE]\n\n";
}
