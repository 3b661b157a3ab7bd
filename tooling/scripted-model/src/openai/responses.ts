import { decide } from "../decide.ts";
import type { Dialect } from "../dialect.ts";
import { sendError, sendFailure } from "./errors.ts";
import { sendResponse, streamResponse } from "./responses-answer.ts";
import { conversationOf, responsesRequestOf } from "./responses-request.ts";

/** OpenAI's Responses API. */
export const openAiResponses: Dialect = {
  name: "openai-responses",
  async handle(request, response) {
    if (request.path !== "/v1/responses") return false;
    const body = responsesRequestOf(request.body);
    if (!request.hasCredential) sendError(response, 401, "You didn't provide an API key.");
    else if (request.method !== "POST") sendError(response, 405, `${request.method} is not allowed`);
    else if (!body) sendError(response, 400, "Missing required parameter: 'input'.");
    else {
      const reply = decide(conversationOf(body));
      if (reply.kind === "failure") sendFailure(response, reply);
      else if (body.stream) await streamResponse(reply, body, response, request.signal);
      else sendResponse(reply, body, response);
    }
    return true;
  },
};
