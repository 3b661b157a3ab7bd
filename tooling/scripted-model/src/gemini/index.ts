import type { ServerResponse } from "node:http";
import { countTokens } from "../conversation.ts";
import { decide } from "../decide.ts";
import { retryAfter, sendJson, type Dialect, type DialectRequest } from "../dialect.ts";
import { sendContent, streamContent } from "./answer.ts";
import { sendError } from "./errors.ts";
import { conversationOf, generateRequestOf, type GenerateRequest } from "./request.ts";

const path = /^\/v1(?:beta)?\/models\/([^/:]+):(generateContent|streamGenerateContent|countTokens)$/;

/** Google's Gemini API. Streams are server-sent events (`alt=sse`). */
export const gemini: Dialect = {
  name: "gemini",
  async handle(request, response) {
    const [, model, action] = path.exec(request.path) ?? [];
    if (model === undefined || action === undefined) return false;
    const body = generateRequestOf(request.body);
    if (!request.hasCredential) sendError(response, 401, "API key not valid.");
    else if (!body) sendError(response, 400, "contents is not specified");
    else if (action === "countTokens") sendJson(response, 200, { totalTokens: countTokens(body.raw) });
    else await answer(body, { ...request, model, streamed: action === "streamGenerateContent" }, response);
    return true;
  },
};

async function answer(body: GenerateRequest, { model, streamed, signal }: DialectRequest & { readonly model: string; readonly streamed: boolean }, response: ServerResponse): Promise<void> {
  const reply = decide(conversationOf(body));
  if (reply.kind === "failure") sendError(response, reply.status, "scripted failure", retryAfter(reply));
  else if (streamed) await streamContent({ reply, request: body, model }, response, signal);
  else sendContent({ reply, request: body, model }, response);
}
