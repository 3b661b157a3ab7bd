import { decide } from "../decide.ts";
import type { Dialect } from "../dialect.ts";
import { sendCompletion, streamCompletion } from "./chat-answer.ts";
import { chatRequestOf, conversationOf } from "./chat-request.ts";
import { sendError, sendFailure } from "./errors.ts";

/** OpenAI's chat completions, which OpenRouter and many others serve too. */
export const openAiChat: Dialect = {
  name: "openai-chat",
  async handle(request, response) {
    if (request.path !== "/v1/chat/completions") return false;
    const body = chatRequestOf(request.body);
    if (!request.hasCredential) sendError(response, 401, "You didn't provide an API key.");
    else if (request.method !== "POST") sendError(response, 405, `${request.method} is not allowed`);
    else if (!body) sendError(response, 400, "Missing required parameter: 'messages'.");
    else {
      const reply = decide(conversationOf(body));
      if (reply.kind === "failure") sendFailure(response, reply);
      else if (body.stream) await streamCompletion(reply, body, response, request.signal);
      else sendCompletion(reply, body, response);
    }
    return true;
  },
};
