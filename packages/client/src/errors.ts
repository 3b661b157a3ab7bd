import type { FailureKind } from "@agent-sdk/core";
import type { ApiErrorCode } from "@agent-sdk/core/api";

/** Words of the client's own, beside those that the server sends. */
export type ClientErrorCode = "insecure_url" | "invalid_answer" | "invalid_url" | "unreachable";

/** Shared by every copy of this package in a program. */
const brand: symbol = Symbol.for("agent-sdk.client.error");

function isBranded(error: unknown, name: string): boolean {
  return typeof error === "object" && error !== null && (error as { readonly [key: symbol]: unknown })[brand] === name;
}

interface ApiErrorOptions {
  /** The HTTP status; 0 when there was no answer. */
  readonly status: number;
  readonly retryable: boolean;
  readonly requestId?: string | undefined;
  /** Seconds that the server asked to wait. */
  readonly retryAfter?: number | undefined;
  /** Further fields of the server's answer. */
  readonly details?: Readonly<Record<string, unknown>> | undefined;
  readonly cause?: unknown;
}

/** What the errors of this package have in common. */
export abstract class ClientError extends Error {
  /** The machine's word. Newer servers may have further ones. */
  abstract readonly code: string;
  /** The HTTP status; 0 where no answer was involved. */
  abstract readonly status: number;
  /** Whether the same call may succeed later unchanged. */
  abstract readonly retryable: boolean;
  /** The server's name for the call, to be found in its log. */
  abstract readonly requestId: string | null;
}

/** A call that the server refused, or that did not reach it. */
export class ApiError extends ClientError {
  override readonly name = "ApiError";
  override readonly code: ApiErrorCode | ClientErrorCode | (string & {});
  override readonly status: number;
  override readonly retryable: boolean;
  override readonly requestId: string | null;
  /** Seconds that the server asked to wait. */
  readonly retryAfter: number | null;
  /** Further fields of the answer, such as `field` of a `bad_request` and `first_seq` of `cursor_expired`. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ApiErrorCode | ClientErrorCode | (string & {}), message: string, options: ApiErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.status = options.status;
    this.retryable = options.retryable;
    this.requestId = options.requestId ?? null;
    this.retryAfter = options.retryAfter ?? null;
    this.details = options.details ?? {};
    Object.defineProperty(this, brand, { value: "ApiError" });
  }
}

/** A prompt that ended with an error frame instead of a result. */
export class PromptError extends ClientError {
  override readonly name = "PromptError";
  override readonly code = "prompt_failed";
  override readonly status = 0;
  /** Whether sending the prompt again may help: after a loss of its sandbox it may. */
  override readonly retryable: boolean;
  override readonly requestId = null;
  /** Why: `sandbox_process_died`, `auth_required`, `agent_error` … */
  readonly kind: FailureKind | (string & {});
  readonly rpcId: string;
  /** What the agent had said until then. */
  readonly text: string;

  constructor(rpcId: string, kind: FailureKind | (string & {}), message: string, text = "") {
    super(message);
    this.rpcId = rpcId;
    this.kind = kind;
    this.text = text;
    this.retryable = kind === "sandbox_process_died" || kind === "sandbox_unreachable" || kind === "timeout";
    Object.defineProperty(this, brand, { value: "PromptError" });
  }
}

/** Recognises an {@link ApiError} of any copy of this package, and narrows to one code where it is given. */
export function isApiError(error: unknown, code?: ApiErrorCode | ClientErrorCode): error is ApiError {
  return isBranded(error, "ApiError") && (code === undefined || (error as ApiError).code === code);
}

/** Recognises a {@link PromptError} of any copy of this package, and narrows to one kind where it is given. */
export function isPromptError(error: unknown, kind?: FailureKind): error is PromptError {
  return isBranded(error, "PromptError") && (kind === undefined || (error as PromptError).kind === kind);
}
