import type { ServerResponse } from "node:http";
import { sendJson } from "../dialect.ts";

const types: Readonly<Record<number, string>> = {
  400: "invalid_request_error",
  401: "authentication_error",
  403: "permission_error",
  404: "not_found_error",
  413: "request_too_large",
  429: "rate_limit_error",
  529: "overloaded_error",
};

/** An error's body as the API writes it. */
export function errorBody(status: number, message: string): unknown {
  return { type: "error", error: { type: types[status] ?? "api_error", message }, request_id: "req_scripted" };
}

/** Answers with an error. */
export function sendError(response: ServerResponse, status: number, message: string): void {
  sendJson(response, status, errorBody(status, message));
}
