import type { ServerResponse } from "node:http";
import { countAnswerTokens, countTokens, textOf, type MessageReply } from "../conversation.ts";
import { sendJson } from "../dialect.ts";
import { dataEvent, paced, sendEvents } from "../event-stream.ts";
import type { GenerateRequest } from "./request.ts";

interface Answer {
  readonly reply: MessageReply;
  readonly request: GenerateRequest;
  readonly model: string;
}

function usage({ reply, request }: Answer): unknown {
  const promptTokenCount = countTokens(request.raw);
  const candidatesTokenCount = countAnswerTokens(reply);
  return { promptTokenCount, candidatesTokenCount, totalTokenCount: promptTokenCount + candidatesTokenCount };
}

function content(answer: Answer, parts: readonly unknown[], last: boolean): unknown {
  const candidate = { index: 0, content: { role: "model", parts }, ...(last ? { finishReason: "STOP" } : {}) };
  return { candidates: [candidate], modelVersion: answer.model, usageMetadata: usage(answer) };
}

function callParts({ toolCall }: MessageReply): readonly unknown[] {
  return toolCall ? [{ functionCall: { name: toolCall.name, args: toolCall.input } }] : [];
}

/** Answers in one piece. */
export function sendContent(answer: Answer, response: ServerResponse): void {
  const text = textOf(answer.reply);
  sendJson(response, 200, content(answer, [...(text === "" ? [] : [{ text }]), ...callParts(answer.reply)], true));
}

/** Answers by server-sent events, in the order of the real API. */
export async function streamContent(answer: Answer, response: ServerResponse, signal: AbortSignal): Promise<void> {
  await sendEvents(response, events(answer, signal), { signal });
}

async function* events(answer: Answer, signal: AbortSignal): AsyncGenerator<string> {
  for await (const text of paced(answer.reply.chunks, signal)) yield dataEvent(content(answer, [{ text }], false));
  const call = callParts(answer.reply);
  yield dataEvent(content(answer, call.length > 0 ? call : [{ text: "" }], true));
}
