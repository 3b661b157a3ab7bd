/**
 * Every way in which an operation of Agent SDK can fail, as one closed set. The HTTP status of a code is in `/api`.
 *
 * `superseded`: another replica owns the session now; what this one wanted to write was refused.
 * `unknown_outcome`: the reply was lost, so the write may or may not have happened. Read again by key; never assume.
 */
export type ErrorCode =
  | "aborted"
  | "bad_request"
  | "conflict"
  | "cursor_expired"
  | "draining"
  | "forbidden"
  | "internal"
  | "not_found"
  | "not_supported"
  | "provider_failed"
  | "rate_limited"
  | "sandbox_failed"
  | "superseded"
  | "timeout"
  | "too_large"
  | "unauthenticated"
  | "unavailable"
  | "unknown_outcome"
  | "unsupported_media_type";

/** Shared by every copy of this package in a process. */
const brand: symbol = Symbol.for("agent-sdk.error");

const retryableCodes: ReadonlySet<ErrorCode> = new Set(["draining", "rate_limited", "timeout", "unavailable"]);

export interface AgentSdkErrorOptions {
  /** What caused this error; kept for logs, never sent to a caller over HTTP. */
  readonly cause?: unknown;
  /** Whether the same call may succeed later unchanged. Defaults by the code. */
  readonly retryable?: boolean;
  /** Further fields of the answer, safe to show to the caller. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** The one error class of Agent SDK. `message` is a sentence for a person and holds neither a secret nor a host path. */
export class AgentSdkError extends Error {
  override readonly name = "AgentSdkError";
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: AgentSdkErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? retryableCodes.has(code);
    this.details = options.details ?? {};
    Object.defineProperty(this, brand, { value: true });
  }
}

/** Recognises an {@link AgentSdkError} of any copy of this package, and narrows to one code where it is given. */
export function isAgentSdkError(error: unknown, code?: ErrorCode): error is AgentSdkError {
  if (typeof error !== "object" || error === null || !(brand in error)) return false;
  return code === undefined || (error as AgentSdkError).code === code;
}

/** A sentence about anything that was thrown, for logs and for the `cause` of an answer. */
export function describeError(error: unknown): string {
  if (error instanceof Error) return error.message || error.name;
  return typeof error === "string" ? error : JSON.stringify(error) ?? String(error);
}
