/** Words of the client's own, beside those that the server sends. */
export type ClientErrorCode = "insecure_url" | "invalid_answer" | "invalid_url" | "unreachable";

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

/** A call that the server refused, or that did not reach it. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  /** The server's word (`not_found`, `conflict`, `draining` …) or one of {@link ClientErrorCode}. Newer servers may have further ones. */
  readonly code: string;
  readonly status: number;
  /** Whether the same call may succeed later unchanged. */
  readonly retryable: boolean;
  readonly requestId: string | null;
  readonly retryAfter: number | null;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: string, message: string, options: ApiErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.status = options.status;
    this.retryable = options.retryable;
    this.requestId = options.requestId ?? null;
    this.retryAfter = options.retryAfter ?? null;
    this.details = options.details ?? {};
  }
}

/** A prompt that ended with an error frame instead of a result. */
export class PromptError extends Error {
  override readonly name = "PromptError";
  readonly code = "prompt_failed";
  /** Why: `sandbox_process_died`, `auth_required`, `agent_error` … */
  readonly kind: string;
  readonly rpcId: string;
  readonly status = 0;
  /** Whether sending the prompt again may help: after a loss of its sandbox it may. */
  readonly retryable: boolean;

  constructor(rpcId: string, kind: string, message: string) {
    super(message);
    this.rpcId = rpcId;
    this.kind = kind;
    this.retryable = kind === "sandbox_process_died" || kind === "sandbox_unreachable" || kind === "timeout";
  }
}
