import type { ErrorCode } from "@agent-sdk/core";

/** Names that both ends of the wire use. Bodies are JSON of the types of `@agent-sdk/core`'s supervisor interface, field for field. */

/** Carries the supervisor's token. Not `Authorization`: some providers' proxies consume that. */
export const tokenHeader = "x-agent-sdk-token";
/** Carries the caller's generation on every fenced command. */
export const generationHeader = "x-agent-sdk-generation";
/** The position of the first record of a journal stream's body; every following line is the next one. */
export const firstPositionHeader = "x-agent-sdk-first-position";
/** ACP streamable HTTP (https://agentclientprotocol.com/protocol/transports). */
export const connectionHeader = "acp-connection-id";
export const sessionHeader = "acp-session-id";

/** Our own last record of a run. */
export const agentExitedMethod = "_agent_sdk/agent_exited";

/** A stream that is idle gets a blank line or a comment this often, in milliseconds. */
export const heartbeatMs = 2_000;
/** A client takes a stream for dead after this many milliseconds without a byte. */
export const streamSilenceMs = 5_000;
/** The longest message that is carried, in bytes, in either direction. */
export const maxMessageBytes: number = 32 * 1024 * 1024;
/** The longest file that `read` gives and `edit` takes unless asked otherwise, in bytes. */
export const maxReadBytes = 20_000_000;
/** How much of each of a command's streams is kept, in bytes. */
export const maxExecOutputBytes = 1_000_000;

/** The body of every answer with a status of 400 and above. */
export interface ErrorBody {
  readonly error: string;
  readonly code: ErrorCode;
  readonly details?: Readonly<Record<string, unknown>>;
}

const statusOfCode: Readonly<Record<ErrorCode, number>> = {
  aborted: 499,
  bad_request: 400,
  conflict: 409,
  cursor_expired: 409,
  draining: 503,
  forbidden: 403,
  internal: 500,
  not_found: 404,
  not_supported: 501,
  provider_failed: 502,
  rate_limited: 429,
  sandbox_failed: 507,
  superseded: 409,
  timeout: 504,
  too_large: 413,
  unauthenticated: 401,
  unavailable: 503,
  unknown_outcome: 502,
  unsupported_media_type: 415,
};

export function httpStatus(code: ErrorCode): number {
  return statusOfCode[code];
}

/** Recognises a code of this version in an answer's body; another version's unknown one is judged by the status. */
export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === "string" && Object.hasOwn(statusOfCode, value);
}

/**
 * The environment variables that configure a supervisor. It reads them once and what it starts does not inherit them; any process of the same user can
 * read them in /proc all the same, so the token should come by a descriptor.
 */
export const supervisorVariables = {
  /** The number of an inherited descriptor, 3 or above, from which the token is read to the end. */
  tokenDescriptor: "AGENT_SDK_SUPERVISOR_TOKEN_FD",
  /** The token itself, where no descriptor can be passed. */
  token: "AGENT_SDK_SUPERVISOR_TOKEN",
  /** `stdin`: token and variables come by the standard input, as JSON, and the root is made when it is missing. Instead of the two above. */
  handover: "AGENT_SDK_SUPERVISOR_HANDOVER",
  listen: "AGENT_SDK_SUPERVISOR_LISTEN",
  state: "AGENT_SDK_SUPERVISOR_STATE",
  root: "AGENT_SDK_SUPERVISOR_ROOT",
  readyFile: "AGENT_SDK_SUPERVISOR_READY_FILE",
  journalBytes: "AGENT_SDK_SUPERVISOR_JOURNAL_BYTES",
} as const;

/** In the environment of every process that a supervisor starts; how descendants are found that left their process group. */
export const markerVariable = "AGENT_SDK_PROCESS_MARKER";

/** What is written to the ready file, and to standard output as one line, once the supervisor listens. */
export interface SupervisorReady {
  /** Set when it listens on TCP. */
  readonly port?: number;
  readonly host?: string;
  /** Set when it listens on a unix socket. */
  readonly socket?: string;
  readonly pid: number;
  readonly instanceId: string;
}
