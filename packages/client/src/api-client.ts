import type {
  CancelAnswer, CreateSessionAnswer, CreateSessionBody, EditFileAnswer, EditFileBody, ExecAnswer, ExecBody, FileChangeAnswer, FileTreeAnswer, HealthAnswer, LogRowAnswer, MessageAnswer,
  MessageBody, PromptRow, PromptsAnswer, ReadFileAnswer, ReleaseAnswer, ResumeAnswer, ResumeBody, SandboxAnswer, SessionListItem, SessionListQuery, SessionRow, SessionStatusAnswer, UploadFileAnswer,
} from "@agent-sdk/core/api";
import { ApiError } from "./errors.ts";
import { Transport, type TransportOptions, type UploadContent } from "./http/transport.ts";
import { randomUuid } from "./http/uuid.ts";
import { follow, type StreamEvent } from "./stream/follow.ts";

/** Aborting ends the waiting with the signal's reason. What the server does about it is said at each method where it is more than nothing. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface EventStreamOptions extends CallOptions {
  /** Everything after this number; absent: from now on. */
  readonly after?: number | undefined;
  /** Only this prompt's events; the stream ends after its terminal frame. */
  readonly rpcId?: string | undefined;
  /** False: ends at what there is now. */
  readonly follow?: boolean | undefined;
}

/** A page of a list. */
export interface ListPage<T> {
  readonly items: readonly T[];
  /** Where the next page begins; null on the last. */
  readonly nextCursor: string | null;
}

function sessionPath(sessionId: string, rest = ""): string {
  return `/sessions/${encodeURIComponent(sessionId)}${rest}`;
}

function nextCursor(link: string | null): string | null {
  const target = /<([^>]*)>\s*;\s*rel="next"/.exec(link ?? "")?.[1];
  return target === undefined ? null : new URL(target, "http://relative").searchParams.get("cursor");
}

function bearsSecrets(secrets: Readonly<Record<string, string>> | null | undefined): boolean {
  return secrets !== null && secrets !== undefined && Object.keys(secrets).length > 0;
}

/**
 * One method per route, for code that operates sessions of any kind. Answers are the wire's, in its names; fields that this version does not know are left
 * in. Calls that are safe to repeat (reading, sending a message, creating a session) are repeated while the server cannot be reached or is not ready.
 *
 * Errors: `ApiError` with the server's `code` and `status`.
 */
export class ApiClient {
  readonly #transport: Transport;

  /** @throws ApiError `insecure_url` when an API key would go over plain HTTP to another machine, `invalid_url`. */
  constructor(options: TransportOptions = {}) {
    this.#transport = new Transport(options);
  }

  #get<T>(path: string, options: CallOptions, query: Readonly<Record<string, boolean | number | string | undefined>> = {}): Promise<T> {
    return this.#transport.repeat(() => this.#transport.json<T>("GET", path, { query, signal: options.signal }), options.signal);
  }

  #post<T>(path: string, json: unknown, options: CallOptions): Promise<T> {
    return this.#transport.json<T>("POST", path, { json, signal: options.signal });
  }

  health(options: CallOptions = {}): Promise<HealthAnswer> {
    return this.#transport.json("GET", "/health", { signal: options.signal });
  }

  /**
   * The client chooses the session's id where the caller does not, so that repeating cannot make two.
   * @throws ApiError `conflict` when a chosen id is taken, `insecure_url` when there are secrets in it that would travel in the clear.
   */
  async createSession(body: CreateSessionBody, options: CallOptions = {}): Promise<CreateSessionAnswer> {
    if (bearsSecrets(body.secrets) || bearsSecrets(body.config?.secrets)) this.#transport.assertConfidential("secrets");
    const id = body.id ?? body.config?.id ?? randomUuid();
    return this.#transport.repeat(async (attempt) => {
      try {
        return await this.#post<CreateSessionAnswer>("/sessions", { ...body, id }, options);
      } catch (error) {
        // Taken by an earlier attempt, whose answer was lost.
        if (attempt > 1 && error instanceof ApiError && error.code === "conflict") return this.#created(id, options);
        throw error;
      }
    }, options.signal);
  }

  async #created(id: string, options: CallOptions): Promise<CreateSessionAnswer> {
    const { agent_id, session_id, volume_id, workspace, sandbox_ref, inner_session_id } = await this.getSession(id, options);
    return { agent_id, session_id, id: session_id, volume_id, workspace, sandbox_ref, inner_session_id, connected: sandbox_ref !== null };
  }

  async listSessions(query: SessionListQuery = {}, options: CallOptions = {}): Promise<ListPage<SessionListItem>> {
    const { signal } = options;
    return this.#transport.repeat(async () => {
      const response = await this.#transport.request("GET", "/sessions", { query: { ...query }, signal });
      return { items: (await response.json()) as readonly SessionListItem[], nextCursor: nextCursor(response.headers.get("link")) };
    }, signal);
  }

  getSession(sessionId: string, options: CallOptions = {}): Promise<SessionRow> {
    return this.#get(sessionPath(sessionId), options);
  }

  getSessionStatus(sessionId: string, options: CallOptions = {}): Promise<SessionStatusAnswer> {
    return this.#get(sessionPath(sessionId, "/status"), options);
  }

  getSandbox(sessionId: string, options: CallOptions = {}): Promise<SandboxAnswer> {
    return this.#get(sessionPath(sessionId, "/sandbox"), options);
  }

  /** Destroys the sandbox and deletes everything of the session. Unknown sessions are success. */
  async deleteSession(sessionId: string, options: CallOptions = {}): Promise<void> {
    await this.#transport.repeat(() => this.#transport.request("DELETE", sessionPath(sessionId), { signal: options.signal }), options.signal);
  }

  /** Resolves when the prompt is stored. The client chooses `rpc_id` where the caller does not, and repeats with it: no message is sent twice. */
  sendMessage(sessionId: string, body: MessageBody, options: CallOptions = {}): Promise<MessageAnswer> {
    const json = { ...body, rpc_id: body.rpc_id ?? randomUuid() };
    return this.#transport.repeat(() => this.#post<MessageAnswer>(sessionPath(sessionId, "/message"), json, options), options.signal);
  }

  /** Sends a message and gives its prompt's events until its terminal frame, over as many connections as it takes. Aborting does not cancel the prompt. */
  async *streamMessage(sessionId: string, body: MessageBody, options: CallOptions = {}): AsyncGenerator<StreamEvent, void, undefined> {
    const json = { ...body, rpc_id: body.rpc_id ?? randomUuid() };
    const { signal } = options;
    const open = (after: number | undefined): Promise<Response> =>
      after === undefined
        ? this.#transport.request("POST", sessionPath(sessionId, "/message+stream"), { json, signal })
        : this.#transport.request("GET", sessionPath(sessionId, "/events"), { query: { rpc_id: json.rpc_id, after }, signal });
    yield* follow({ open, until: json.rpc_id, ...this.#streaming(signal) });
  }

  /** A session's events, each once and in order, over as many connections as it takes. @throws ApiError `cursor_expired` with `details.first_seq`. */
  async *streamEvents(sessionId: string, options: EventStreamOptions = {}): AsyncGenerator<StreamEvent, void, undefined> {
    const { signal, rpcId, follow: live = true } = options;
    // "Now" is a number too: otherwise a connection that breaks before its first event would leave a gap.
    const start = options.after ?? (await this.getSession(sessionId, { signal })).last_seq;
    const open = (after: number | undefined): Promise<Response> => this.#transport.request("GET", sessionPath(sessionId, "/events"), { query: { after, rpc_id: rpcId, follow: live }, signal });
    yield* follow({ open, after: start, until: rpcId, follow: live, ...this.#streaming(signal) });
  }

  #streaming(signal: AbortSignal | undefined): { readonly retry: Transport["retry"]; readonly idleMs: number; readonly signal: AbortSignal | undefined } {
    return { retry: this.#transport.retry, idleMs: this.#transport.streamIdleMs, signal };
  }

  async listPrompts(sessionId: string, options: CallOptions & { readonly limit?: number | undefined } = {}): Promise<readonly PromptRow[]> {
    return (await this.#get<PromptsAnswer>(sessionPath(sessionId, "/prompts"), options, { limit: options.limit })).prompts;
  }

  /** Takes a waiting prompt out. @throws ApiError `conflict` when it runs or has ended. */
  withdrawPrompt(sessionId: string, rpcId: string, options: CallOptions = {}): Promise<PromptRow> {
    return this.#transport.json("DELETE", sessionPath(sessionId, `/prompts/${encodeURIComponent(rpcId)}`), { signal: options.signal });
  }

  /** Asks for the running prompt's end. `detail` where none runs. */
  cancel(sessionId: string, options: CallOptions = {}): Promise<CancelAnswer> {
    return this.#post(sessionPath(sessionId, "/cancel"), {}, options);
  }

  /** Brings the sandbox up. @throws ApiError `insecure_url` when there are secrets in it that would travel in the clear. */
  async resume(sessionId: string, body: ResumeBody = {}, options: CallOptions = {}): Promise<ResumeAnswer> {
    if (bearsSecrets(body.secrets)) this.#transport.assertConfidential("secrets");
    return this.#post(sessionPath(sessionId, "/resume"), body, options);
  }

  /** Ends the compute and keeps the session. A running prompt is cancelled. */
  release(sessionId: string, options: CallOptions = {}): Promise<ReleaseAnswer> {
    return this.#post(sessionPath(sessionId, "/release"), {}, options);
  }

  /** Oldest first. */
  getLog(sessionId: string, options: CallOptions & { readonly limit?: number | undefined } = {}): Promise<readonly LogRowAnswer[]> {
    return this.#get(sessionPath(sessionId, "/log"), options, { limit: options.limit });
  }

  /** Runs a shell command in the sandbox. Not repeated by itself. Aborting kills the command. */
  exec(sessionId: string, body: ExecBody, options: CallOptions = {}): Promise<ExecAnswer> {
    return this.#post(sessionPath(sessionId, "/sandbox/exec"), body, options);
  }

  getFileTree(sessionId: string, options: CallOptions & { readonly path?: string | undefined; readonly stat?: boolean | undefined } = {}): Promise<FileTreeAnswer> {
    return this.#get(sessionPath(sessionId, "/files/tree"), options, { path: options.path, stat: options.stat });
  }

  /** Text, or base64 where the file is not UTF-8. @throws ApiError `too_large` above 20 MB. */
  readFile(sessionId: string, path: string, options: CallOptions = {}): Promise<ReadFileAnswer> {
    return this.#get(sessionPath(sessionId, "/files/read"), options, { path });
  }

  /** The file's bytes, of any length. Aborting closes the stream. */
  async downloadFile(sessionId: string, path: string, options: CallOptions = {}): Promise<ReadableStream<Uint8Array>> {
    const response = await this.#transport.request("GET", sessionPath(sessionId, "/files/download"), { query: { path }, signal: options.signal });
    return response.body ?? new Blob([]).stream();
  }

  editFile(sessionId: string, body: EditFileBody, options: CallOptions = {}): Promise<EditFileAnswer> {
    return this.#post(sessionPath(sessionId, "/files/edit"), body, options);
  }

  /** Writes a file of any length, as bytes. Runtimes that cannot stream a request's body need a `Blob` or bytes. */
  uploadFile(sessionId: string, path: string, content: UploadContent, options: CallOptions = {}): Promise<UploadFileAnswer> {
    const call = { query: { path }, bytes: content, headers: { "content-type": "application/octet-stream" }, signal: options.signal };
    return this.#transport.json("PUT", sessionPath(sessionId, "/files/upload"), call);
  }

  deleteFile(sessionId: string, path: string, options: CallOptions = {}): Promise<FileChangeAnswer> {
    return this.#post(sessionPath(sessionId, "/files/delete"), { path }, options);
  }

  renameFile(sessionId: string, path: string, newPath: string, options: CallOptions & { readonly overwrite?: boolean | undefined } = {}): Promise<FileChangeAnswer> {
    const { overwrite } = options;
    return this.#post(sessionPath(sessionId, "/files/rename"), { path, new_path: newPath, ...(overwrite === undefined ? {} : { overwrite }) }, options);
  }
}
