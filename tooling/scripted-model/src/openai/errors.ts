import type { ServerResponse } from "node:http";
import type { FailureReply } from "../conversation.ts";
import { retryAfter, sendJson } from "../dialect.ts";

const kinds: Readonly<Record<number, readonly [type: string, code: string | null]>> = {
  400: ["invalid_request_error", null],
  401: ["invalid_request_error", "invalid_api_key"],
  404: ["invalid_request_error", null],
  405: ["invalid_request_error", "method_not_supported"],
  429: ["requests", "rate_limit_exceeded"],
};

/** An error's body as both of OpenAI's APIs write it. */
function errorBody(status: number, message: string): unknown {
  const [type, code] = kinds[status] ?? ["server_error", null];
  return { error: { message, type, param: null, code } };
}

/** Answers with an error. */
export function sendError(response: ServerResponse, status: number, message: string): void {
  sendJson(response, status, errorBody(status, message));
}

/** Answers as the script wants it to fail. */
export function sendFailure(response: ServerResponse, reply: FailureReply): void {
  sendJson(response, reply.status, errorBody(reply.status, "scripted failure"), retryAfter(reply));
}
