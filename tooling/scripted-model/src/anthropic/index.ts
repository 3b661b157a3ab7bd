import type { ServerResponse } from "node:http";
import { retryAfter, sendJson, type Dialect, type DialectRequest } from "../dialect.ts";
import { countTokens } from "../conversation.ts";
import { decide } from "../decide.ts";
import { errorBody, sendError } from "./errors.ts";
import { findModel, modelList } from "./models.ts";
import { conversationOf, messagesRequestOf, type MessagesRequest } from "./request.ts";
import { sendMessage, streamMessage } from "./response.ts";

/** Anthropic's Messages API. */
export const anthropic: Dialect = {
  name: "anthropic",
  async handle(request, response) {
    if (!/^\/v1\/(messages|models)(\/|$)/.test(request.path)) return false;
    if (request.hasCredential) await route(request, response);
    else sendError(response, 401, "x-api-key header is required");
    return true;
  },
};

async function route(request: DialectRequest, response: ServerResponse): Promise<void> {
  const { method, path } = request;
  if (method === "GET" && path === "/v1/models") return sendJson(response, 200, modelList());
  if (method === "GET" && path.startsWith("/v1/models/")) return sendModel(path.slice("/v1/models/".length), response);
  if (method !== "POST") return sendError(response, 405, `${method} is not allowed`);
  const body = messagesRequestOf(request.body);
  if (!body) return sendError(response, 400, "messages: Field required");
  if (path === "/v1/messages/count_tokens") return sendJson(response, 200, { input_tokens: countTokens(body.raw) });
  if (path === "/v1/messages") return answerMessages(body, request, response);
  return sendError(response, 404, `no such path: ${path}`);
}

function sendModel(id: string, response: ServerResponse): void {
  sendJson(response, 200, findModel(decodeURIComponent(id)));
}

async function answerMessages(body: MessagesRequest, request: DialectRequest, response: ServerResponse): Promise<void> {
  const reply = decide(conversationOf(body));
  if (reply.kind === "failure") return sendJson(response, reply.status, errorBody(reply.status, "scripted failure"), retryAfter(reply));
  if (body.stream) await streamMessage(reply, body, response, request.signal);
  else sendMessage(reply, body, response);
}
