import * as z from "zod";
import { isAgentSdkError, type AgentSdkError, type ErrorCode } from "../errors.ts";

/** The machine words of errors over HTTP: the domain's codes, and what only HTTP knows. */
export type ApiErrorCode = ErrorCode | "method_not_allowed";

/** The body of every answer that is not a success. Further fields come from the error's details. */
export interface ErrorAnswer {
  readonly error: string;
  readonly code: ApiErrorCode;
  readonly request_id: string;
  readonly [detail: string]: unknown;
}

/** The HTTP status of each code. 499 is nobody's to read: the caller has left. */
export const httpStatusOf: Readonly<Record<ApiErrorCode, number>> = {
  aborted: 499,
  bad_request: 400,
  conflict: 409,
  cursor_expired: 410,
  draining: 503,
  forbidden: 403,
  internal: 500,
  method_not_allowed: 405,
  not_found: 404,
  not_supported: 501,
  provider_failed: 502,
  rate_limited: 429,
  sandbox_failed: 502,
  superseded: 503,
  timeout: 504,
  too_large: 413,
  unauthenticated: 401,
  unavailable: 503,
  unknown_outcome: 500,
  unsupported_media_type: 415,
};

const apiErrorCodes = Object.keys(httpStatusOf) as [ApiErrorCode, ...ApiErrorCode[]];

export const errorAnswerSchema: z.ZodType<ErrorAnswer> = z
  .looseObject({ error: z.string().min(1), code: z.enum(apiErrorCodes), request_id: z.string().min(1) })
  .meta({ id: "ErrorAnswer", description: "A sentence for a person, a word for a machine, and where useful further fields." });

/** Statuses that bear `Retry-After`. */
export function retryAfterSeconds(status: number): number | null {
  if (status === 429 || status === 503) return 1;
  return null;
}

/** What is told of an error that nobody foresaw: nothing. */
export function internalErrorAnswer(requestId: string): ErrorAnswer {
  return { error: "The server failed; its log has the details under this request id.", code: "internal", request_id: requestId };
}

/** Details are written in the code's own style; the wire's is snake_case. */
function wireDetails(details: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(details).map(([name, value]) => [name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), value]));
}

/** Status and body for a foreseen error. Details never replace the three fixed fields. */
export function errorAnswer(error: AgentSdkError, requestId: string): { readonly status: number; readonly body: ErrorAnswer } {
  return { status: httpStatusOf[error.code], body: { ...wireDetails(error.details), error: error.message, code: error.code, request_id: requestId } };
}

/** Status and body for anything that was thrown: what is not an `AgentSdkError` is told without detail. */
export function answerForThrown(error: unknown, requestId: string): { readonly status: number; readonly body: ErrorAnswer } {
  if (isAgentSdkError(error)) return errorAnswer(error, requestId);
  return { status: 500, body: internalErrorAnswer(requestId) };
}
