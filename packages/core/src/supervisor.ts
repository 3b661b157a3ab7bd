import type { JsonRpcMessage } from "./json.ts";

/** Where a supervisor listens and how to authenticate to it. Holds a secret: never logged, never in an answer. */
export interface SupervisorEndpoint {
  /** Base URL, without a trailing slash. With `socketPath` only its path and host name matter. */
  readonly url: string;
  /** A unix socket to connect to instead of the URL's host. */
  readonly socketPath?: string | undefined;
  /** Sent as the header `x-agent-sdk-token`. Not `Authorization`: some providers' proxies consume that. */
  readonly token: string;
  /** What the way to the supervisor needs besides, a provider's preview token for instance. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** How to start an agent's process. */
export interface AgentLaunch {
  /** An absolute path, or a name to be found on the sandbox's PATH. */
  readonly command: string;
  readonly args: readonly string[];
  /** Added to the sandbox's own environment, for the agent alone. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /**
   * What happens when the journal is full of records that nobody acknowledged: stop reading the agent's output until somebody does, which
   * loses nothing, or drop the oldest, after which an older position is refused. Defaults to `drop_oldest`.
   */
  readonly overflow?: "block" | "drop_oldest" | undefined;
}

export type AgentRunState = "running" | "exited";

export interface AgentRunStatus {
  readonly runId: string;
  readonly state: AgentRunState;
  readonly pid: number | null;
  readonly exitCode: number | null;
  readonly exitSignal: string | null;
  /** The last lines of its standard error, bounded; empty while there are none. */
  readonly stderrTail: readonly string[];
  /** True when the process is alive but does not take its input, or is stopped by a signal. */
  readonly wedged: boolean;
  /** Requests that were written to it and are not answered. */
  readonly pendingRequests: number;
  /** The number of the newest journal record, 0 when there is none. */
  readonly lastPosition: number;
  /** The oldest record that can still be read. */
  readonly firstPosition: number;
  readonly idleMs: number;
}

export interface SupervisorHealth {
  readonly version: string;
  /** New for each supervisor process. */
  readonly instanceId: string;
  /** The highest generation that it has obeyed. */
  readonly generation: number;
  readonly runs: readonly AgentRunStatus[];
}

/** One outbound message of the agent, numbered 1, 2, 3 … within its run. */
export interface JournalRecord {
  readonly position: number;
  /** The JSON text exactly as the agent wrote it. The supervisor's own are notifications `_agent_sdk/agent_exited` and error answers. */
  readonly message: string;
}

export interface ExecRequest {
  /** A shell command line, run by `sh -c` in the session's root. */
  readonly command: string;
  /** Milliseconds after which the command's processes are killed. */
  readonly timeoutMs: number;
  readonly cwd?: string | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly stdin?: string | undefined;
}

export interface ExecResult {
  readonly stdout: string;
  readonly stderr: string;
  /** Null when it was ended by a signal: an unknown exit code is never shown as success. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly stdoutTruncated: boolean;
  readonly stderrTruncated: boolean;
  readonly timedOut: boolean;
}

export interface FileEntry {
  /** Relative to the root, with `/`. */
  readonly path: string;
  readonly kind: "file" | "directory" | "symlink" | "other";
  /** Bytes; 0 for directories. */
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly modifiedAt: number;
}

export type FileEdit =
  | { readonly path: string; readonly content: string }
  | { readonly path: string; readonly oldString: string; readonly newString: string; readonly replaceAll?: boolean | undefined };

/**
 * Files below one root. Every path is relative to it or absolute inside it; one that resolves outside, through a symlink too, is refused
 * with `forbidden`. A missing one is `not_found`, a file over the limit `too_large`.
 */
export interface FileOperations {
  tree(path: string, options?: { readonly signal?: AbortSignal | undefined; readonly maxEntries?: number | undefined }): Promise<readonly FileEntry[]>;
  /** @throws AgentSdkError `too_large` above `maxBytes` (default 20 MB). */
  read(path: string, options?: { readonly signal?: AbortSignal | undefined; readonly maxBytes?: number | undefined }): Promise<Uint8Array>;
  /** The file as a stream of any length. Aborting closes it. */
  download(path: string, options?: { readonly signal?: AbortSignal | undefined }): Promise<{ readonly size: number; readonly body: ReadableStream<Uint8Array> }>;
  /** Writes the whole stream to a temporary file and renames it into place: a reader never sees half of it. Parent directories are made. */
  upload(path: string, body: ReadableStream<Uint8Array> | Uint8Array, options?: { readonly signal?: AbortSignal | undefined }): Promise<{ readonly size: number }>;
  /** @throws `not_found` when `oldString` does not occur, `conflict` when it occurs more than once without `replaceAll`. */
  edit(edit: FileEdit, options?: { readonly signal?: AbortSignal | undefined }): Promise<{ readonly replacements: number }>;
  /** Files and whole directories. The root itself is `forbidden`. */
  remove(path: string, options?: { readonly signal?: AbortSignal | undefined }): Promise<void>;
  /** @throws `conflict` when the target exists and `overwrite` is false. */
  rename(path: string, newPath: string, options?: { readonly signal?: AbortSignal | undefined; readonly overwrite?: boolean | undefined }): Promise<void>;
  mkdir(path: string, options?: { readonly signal?: AbortSignal | undefined }): Promise<void>;
  exists(path: string, options?: { readonly signal?: AbortSignal | undefined }): Promise<boolean>;
}

/** Commands that only the session's owner may give. A generation lower than one that the supervisor has seen is refused with `superseded`. */
export interface FencedOptions {
  readonly generation: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * One sandbox's supervisor, seen from the server. Errors: `unavailable` when it cannot be reached or does not answer in time,
 * `superseded` for an old generation, `not_found` for an unknown run, `unauthenticated` for a wrong token.
 */
export interface SupervisorClient extends AsyncDisposable {
  /** Answers quickly or fails with `unavailable` after `timeoutMs` (default 2 s). */
  health(options?: { readonly signal?: AbortSignal | undefined; readonly timeoutMs?: number | undefined }): Promise<SupervisorHealth>;
  /** Makes the supervisor refuse everything below `generation` from now on. Idempotent. */
  fence(options: FencedOptions): Promise<SupervisorHealth>;
  /** Idempotent by `runId`: a run that exists, alive or ended, is answered as it is and not started again. */
  startAgent(runId: string, launch: AgentLaunch, options: FencedOptions): Promise<AgentRunStatus>;
  /** Ends the process and all its descendants: SIGTERM, after `graceMs` SIGKILL. Idempotent; resolves when they are gone. */
  stopAgent(runId: string, options: FencedOptions & { readonly graceMs?: number | undefined }): Promise<AgentRunStatus>;
  agentStatus(runId: string, options?: { readonly signal?: AbortSignal | undefined }): Promise<AgentRunStatus>;
  /**
   * Writes one message to the agent. With `commandId` at most once per run, however often it is called: the answer says whether this call
   * did it. Resolves when the supervisor has taken the message, not when the agent has answered.
   */
  send(runId: string, message: JsonRpcMessage, options: FencedOptions & { readonly commandId?: string | undefined }): Promise<{ readonly duplicate: boolean }>;
  /**
   * The run's records after `after`, in order, first those that exist, then live ones, in batches as they arrive. Ends after
   * the last record of a run that has exited.
   * @throws AgentSdkError `cursor_expired` when records after `after` are gone, `unavailable` when the connection breaks or stays silent
   * beyond its heartbeat; call again from the last position.
   */
  journal(runId: string, options: { readonly after: number; readonly signal?: AbortSignal | undefined }): AsyncIterable<readonly JournalRecord[]>;
  /** The records up to `position` are stored elsewhere and may be trimmed. */
  acknowledge(runId: string, position: number, options: FencedOptions): Promise<void>;
  /** Aborting kills the command's processes. */
  exec(request: ExecRequest, options?: { readonly signal?: AbortSignal | undefined }): Promise<ExecResult>;
  readonly files: FileOperations;
}

/** Makes clients of supervisors; part of the Env. */
export interface SupervisorTransport {
  /** Connects lazily: an unreachable supervisor is noticed by the first call. */
  connect(endpoint: SupervisorEndpoint): SupervisorClient;
}
