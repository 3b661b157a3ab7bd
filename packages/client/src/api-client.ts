import type { JsonObject } from "@agent-sdk/core";
import type {
  AgentAnswer, CancelAnswer, CreateAgentBody, CreateKeyAnswer, CreateKeyBody, CreateSessionAnswer, CreateSessionBody, CreateTokenAnswer, CreateTokenBody, CreateVolumeBody, DeleteVolumeQuery, EditFileAnswer, EditFileBody, ExecAnswer, ExecBody,
  FileChangeAnswer, FileExistsAnswer, FileTreeAnswer, HealthAnswer, KeyListQuery, KeyRow, LogRowAnswer, MessageAnswer, PageQuery, VolumeAnswer, VolumeListQuery, VolumeScopeQuery,
  AgentTypeAnswer,
  AdminSession, AdminSessionsQuery, OrphansAnswer, SweepAnswer,
  MessageBody, PromptRow, PromptsAnswer, ReadFileAnswer, ReleaseAnswer, ResumeAnswer, ResumeBody, SandboxAnswer, SessionListItem, SessionListQuery, SessionRow, SessionStatusAnswer, UploadFileAnswer,
  AnswerPermissionBody, PermissionRow, PermissionsAnswer, PermissionsQuery,
} from "@agent-sdk/core/api";
import { bearsCredentials } from "./credentials.ts";
import { ApiError } from "./errors.ts";
import { readJson, Transport, type Call, type OpenAnswer, type TransportOptions, type UploadContent } from "./http/transport.ts";
import { randomUuid } from "./http/uuid.ts";
import type { CallOptions, EventStreamOptions, ListPage } from "./call-options.ts";
import { bytesOf } from "./stream/download.ts";
import { follow, type StreamEvent } from "./stream/follow.ts";

function sessionPath(sessionId: string, rest = ""): string {
  return `/sessions/${encodeURIComponent(sessionId)}${rest}`;
}

function volumePath(volume: string, rest = ""): string {
  return `/volumes/${encodeURIComponent(volume)}${rest}`;
}

function nextCursor(link: string | null): string | null {
  const target = /<([^>]*)>\s*;\s*rel="next"/.exec(link ?? "")?.[1];
  return target === undefined ? null : new URL(target, "http://relative").searchParams.get("cursor");
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

  #get<T>(path: string, options: CallOptions, query: Call["query"] = {}, timeoutMs?: number): Promise<T> {
    return this.#transport.repeat(() => this.#transport.json<T>("GET", path, { query, signal: options.signal, timeoutMs }), options.signal);
  }

  #page<T>(path: string, query: Call["query"], options: CallOptions): Promise<ListPage<T>> {
    const { signal } = options;
    const read = async (response: Response): Promise<ListPage<T>> => ({ items: await readJson<readonly T[]>(response), nextCursor: nextCursor(response.headers.get("link")) });
    return this.#transport.repeat(() => this.#transport.call("GET", path, { query, signal }, read), signal);
  }

  #post<T>(path: string, json: unknown, options: CallOptions, timeoutMs?: number): Promise<T> {
    return this.#transport.json<T>("POST", path, { json, signal: options.signal, timeoutMs });
  }

  /** How long to wait for what may first have to bring the sandbox up. */
  get #sandboxMs(): number {
    return this.#transport.sandboxTimeoutMs;
  }

  #stream(method: string, path: string, call: Call): Promise<OpenAnswer> {
    return this.#transport.open(method, path, call, "text/event-stream");
  }

  /** Not repeated: it is asked to be told. */
  health(options: CallOptions = {}): Promise<HealthAnswer> {
    return this.#transport.json("GET", "/health", { signal: options.signal });
  }

  /** Whether the database answers and the server works. Not repeated. @throws ApiError `unavailable` until then, `draining` while it ends. */
  healthReady(options: CallOptions = {}): Promise<HealthAnswer> {
    return this.#transport.json("GET", "/health/ready", { signal: options.signal });
  }

  /** The server's own description of its interface, as OpenAPI 3.1. */
  getDescription(options: CallOptions = {}): Promise<JsonObject> {
    return this.#get("/openapi.json", options);
  }

  /**
   * The client chooses the session's id where the caller does not, so that repeating cannot make two.
   * @throws ApiError `conflict` when a chosen id is taken, `insecure_url` when there are secrets in it that would travel in the clear.
   */
  async createSession(body: CreateSessionBody, options: CallOptions = {}): Promise<CreateSessionAnswer> {
    if (bearsCredentials(body) || bearsCredentials(body.config ?? {})) this.#transport.assertConfidential("secrets");
    const id = body.id ?? body.config?.id ?? randomUuid();
    return this.#transport.repeat(async (attempt) => {
      try {
        return await this.#post<CreateSessionAnswer>("/sessions", { ...body, id }, options, this.#sandboxMs);
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

  listSessions(query: SessionListQuery = {}, options: CallOptions = {}): Promise<ListPage<SessionListItem>> {
    return this.#page("/sessions", { ...query }, options);
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
    const call = { signal: options.signal, timeoutMs: this.#sandboxMs };
    await this.#transport.repeat(() => this.#transport.call("DELETE", sessionPath(sessionId), call, (response) => response.text()), options.signal);
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
    const open = (after: number | undefined): Promise<OpenAnswer> =>
      after === undefined
        ? this.#stream("POST", sessionPath(sessionId, "/message+stream"), { json, signal })
        : this.#stream("GET", sessionPath(sessionId, "/events"), { query: { rpc_id: json.rpc_id, after }, signal });
    yield* follow({ open, until: json.rpc_id, ...this.#streaming(signal) });
  }

  /** A session's events, each once and in order, over as many connections as it takes. @throws ApiError `cursor_expired` with `details.first_seq`. */
  async *streamEvents(sessionId: string, options: EventStreamOptions = {}): AsyncGenerator<StreamEvent, void, undefined> {
    const { signal, rpcId, follow: live = true } = options;
    // "Now" is a number too: otherwise a connection that breaks before its first event would leave a gap.
    const start = options.after ?? (await this.getSession(sessionId, { signal })).last_seq;
    const open = (after: number | undefined): Promise<OpenAnswer> => this.#stream("GET", sessionPath(sessionId, "/events"), { query: { after, rpc_id: rpcId, follow: live }, signal });
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

  /** What the agent asked, oldest first: what is open, or everything. */
  async listPermissions(sessionId: string, options: CallOptions & PermissionsQuery = {}): Promise<readonly PermissionRow[]> {
    const { status, limit } = options;
    return (await this.#get<PermissionsAnswer>(sessionPath(sessionId, "/permissions"), options, { status, limit })).permissions;
  }

  /** Answers one of the agent's questions. Not repeated by itself. @throws ApiError `conflict` when it is not open any more, `bad_request` with `details.offered`. */
  answerPermission(sessionId: string, requestId: string, body: AnswerPermissionBody, options: CallOptions = {}): Promise<PermissionRow> {
    return this.#post(sessionPath(sessionId, `/permissions/${encodeURIComponent(requestId)}`), body, options);
  }

  /** Brings the sandbox up. @throws ApiError `insecure_url` when there are secrets in it that would travel in the clear. */
  async resume(sessionId: string, body: ResumeBody = {}, options: CallOptions = {}): Promise<ResumeAnswer> {
    if (bearsCredentials(body)) this.#transport.assertConfidential("secrets");
    return this.#post(sessionPath(sessionId, "/resume"), body, options, this.#sandboxMs);
  }

  /** Ends the compute and keeps the session. A running prompt is cancelled. */
  release(sessionId: string, options: CallOptions = {}): Promise<ReleaseAnswer> {
    return this.#post(sessionPath(sessionId, "/release"), {}, options, this.#sandboxMs);
  }

  /** Oldest first. */
  getLog(sessionId: string, options: CallOptions & { readonly limit?: number | undefined } = {}): Promise<readonly LogRowAnswer[]> {
    return this.#get(sessionPath(sessionId, "/log"), options, { limit: options.limit });
  }

  /** Runs a shell command in the sandbox. Not repeated by itself. Aborting kills the command. */
  exec(sessionId: string, body: ExecBody, options: CallOptions = {}): Promise<ExecAnswer> {
    return this.#post(sessionPath(sessionId, "/sandbox/exec"), body, options, this.#sandboxMs + (body.timeout ?? 30) * 1000);
  }

  getFileTree(sessionId: string, options: CallOptions & { readonly path?: string | undefined; readonly stat?: boolean | undefined } = {}): Promise<FileTreeAnswer> {
    return this.#get(sessionPath(sessionId, "/files/tree"), options, { path: options.path, stat: options.stat }, this.#sandboxMs);
  }

  /** Text, or base64 where the file is not UTF-8. @throws ApiError `too_large` above 20 MB. */
  readFile(sessionId: string, path: string, options: CallOptions = {}): Promise<ReadFileAnswer> {
    return this.#get(sessionPath(sessionId, "/files/read"), options, { path }, this.#sandboxMs);
  }

  /** The file's bytes, of any length. Aborting closes the stream. */
  downloadFile(sessionId: string, path: string, options: CallOptions = {}): Promise<ReadableStream<Uint8Array>> {
    return this.#download(sessionPath(sessionId, "/files/download"), path, options);
  }

  async #download(route: string, path: string, { signal }: CallOptions): Promise<ReadableStream<Uint8Array>> {
    const call = { query: { path }, signal, timeoutMs: this.#sandboxMs };
    const answer = await this.#transport.repeat(() => this.#transport.open("GET", route, call, "application/octet-stream"), signal);
    return bytesOf(answer, { idleMs: this.#transport.streamIdleMs, signal });
  }

  editFile(sessionId: string, body: EditFileBody, options: CallOptions = {}): Promise<EditFileAnswer> {
    return this.#post(sessionPath(sessionId, "/files/edit"), body, options, this.#sandboxMs);
  }

  /** Writes a file of any length, as bytes. Runtimes that cannot stream a request's body need a `Blob` or bytes. Aborting leaves the file as it was. */
  uploadFile(sessionId: string, path: string, content: UploadContent, options: CallOptions = {}): Promise<UploadFileAnswer> {
    return this.#upload("POST", sessionPath(sessionId, "/files/upload"), path, content, options);
  }

  /** As {@link uploadFile}, for what speaks HTTP's own word for it. */
  putFile(sessionId: string, path: string, content: UploadContent, options: CallOptions = {}): Promise<UploadFileAnswer> {
    return this.#upload("PUT", sessionPath(sessionId, "/files/upload"), path, content, options);
  }

  #upload(method: "POST" | "PUT", route: string, path: string, content: UploadContent, options: CallOptions): Promise<UploadFileAnswer> {
    // However long it takes: a connection on which nothing moves is ended by the operating system.
    const call = { query: { path }, bytes: content, headers: { "content-type": "application/octet-stream" }, signal: options.signal, timeoutMs: Number.POSITIVE_INFINITY };
    return this.#transport.json(method, route, call);
  }

  deleteFile(sessionId: string, path: string, options: CallOptions = {}): Promise<FileChangeAnswer> {
    return this.#post(sessionPath(sessionId, "/files/delete"), { path }, options, this.#sandboxMs);
  }

  renameFile(sessionId: string, path: string, newPath: string, options: CallOptions & { readonly overwrite?: boolean | undefined } = {}): Promise<FileChangeAnswer> {
    const { overwrite } = options;
    return this.#post(sessionPath(sessionId, "/files/rename"), { path, new_path: newPath, ...(overwrite === undefined ? {} : { overwrite }) }, options, this.#sandboxMs);
  }

  /** Resolves when it can be used. Not repeated by itself. @throws ApiError `conflict` when the name is taken. */
  createVolume(body: CreateVolumeBody, options: CallOptions = {}): Promise<VolumeAnswer> {
    return this.#post("/volumes", body, options, this.#sandboxMs);
  }

  listVolumes(query: VolumeListQuery = {}, options: CallOptions = {}): Promise<ListPage<VolumeAnswer>> {
    return this.#page("/volumes", { ...query }, options);
  }

  /** By its id or its name, as all that follow. */
  getVolume(volume: string, query: VolumeScopeQuery = {}, options: CallOptions = {}): Promise<VolumeAnswer> {
    return this.#get(volumePath(volume), options, { ...query });
  }

  /** Not repeated: it may be gone by the first attempt. @throws ApiError `conflict` while sessions use it; with `force` they are deleted, too. */
  async deleteVolume(volume: string, query: DeleteVolumeQuery = {}, options: CallOptions = {}): Promise<void> {
    await this.#transport.call("DELETE", volumePath(volume), { query: { ...query }, signal: options.signal, timeoutMs: this.#sandboxMs }, (response) => response.text());
  }

  getVolumeFileTree(volume: string, options: CallOptions & { readonly path?: string | undefined; readonly stat?: boolean | undefined } = {}): Promise<FileTreeAnswer> {
    return this.#get(volumePath(volume, "/files/tree"), options, { path: options.path, stat: options.stat }, this.#sandboxMs);
  }

  readVolumeFile(volume: string, path: string, options: CallOptions = {}): Promise<ReadFileAnswer> {
    return this.#get(volumePath(volume, "/files/read"), options, { path }, this.#sandboxMs);
  }

  volumeFileExists(volume: string, path: string, options: CallOptions = {}): Promise<FileExistsAnswer> {
    return this.#get(volumePath(volume, "/files/exists"), options, { path }, this.#sandboxMs);
  }

  downloadVolumeFile(volume: string, path: string, options: CallOptions = {}): Promise<ReadableStream<Uint8Array>> {
    return this.#download(volumePath(volume, "/files/download"), path, options);
  }

  editVolumeFile(volume: string, body: EditFileBody, options: CallOptions = {}): Promise<EditFileAnswer> {
    return this.#post(volumePath(volume, "/files/edit"), body, options, this.#sandboxMs);
  }

  uploadVolumeFile(volume: string, path: string, content: UploadContent, options: CallOptions = {}): Promise<UploadFileAnswer> {
    return this.#upload("POST", volumePath(volume, "/files/upload"), path, content, options);
  }

  putVolumeFile(volume: string, path: string, content: UploadContent, options: CallOptions = {}): Promise<UploadFileAnswer> {
    return this.#upload("PUT", volumePath(volume, "/files/upload"), path, content, options);
  }

  makeVolumeDirectory(volume: string, path: string, options: CallOptions = {}): Promise<FileChangeAnswer> {
    return this.#post(volumePath(volume, "/files/mkdir"), { path }, options, this.#sandboxMs);
  }

  deleteVolumeFile(volume: string, path: string, options: CallOptions = {}): Promise<FileChangeAnswer> {
    return this.#post(volumePath(volume, "/files/delete"), { path }, options, this.#sandboxMs);
  }

  /** @throws ApiError `conflict` when the target is there and `overwrite` is false; `not_supported` where the provider cannot do that in one step. */
  renameVolumeFile(volume: string, path: string, newPath: string, options: CallOptions & { readonly overwrite?: boolean | undefined } = {}): Promise<FileChangeAnswer> {
    const { overwrite } = options;
    return this.#post(volumePath(volume, "/files/rename"), { path, new_path: newPath, ...(overwrite === undefined ? {} : { overwrite }) }, options, this.#sandboxMs);
  }

  /** Not repeated by itself. @throws ApiError `insecure_url` when there are secrets in it that would travel in the clear. */
  async createAgent(body: CreateAgentBody, options: CallOptions = {}): Promise<AgentAnswer> {
    if (bearsCredentials(body) || bearsCredentials(body.config ?? {})) this.#transport.assertConfidential("secrets");
    return this.#post("/agents", body, options);
  }

  listAgents(query: PageQuery = {}, options: CallOptions = {}): Promise<ListPage<AgentAnswer>> {
    return this.#page("/agents", { ...query }, options);
  }

  /** The agents that sessions can be made with: what each offers, and whether it is installed. */
  listAgentTypes(options: CallOptions = {}): Promise<readonly AgentTypeAnswer[]> {
    return this.#get("/agent-types", options);
  }

  getAgent(agentId: string, options: CallOptions = {}): Promise<AgentAnswer> {
    return this.#get(`/agents/${encodeURIComponent(agentId)}`, options);
  }

  /** Its sessions are deleted first, each after its sandbox. Not repeated: it may be gone by the first attempt. */
  async deleteAgent(agentId: string, options: CallOptions = {}): Promise<void> {
    const call = { signal: options.signal, timeoutMs: this.#sandboxMs };
    await this.#transport.call("DELETE", `/agents/${encodeURIComponent(agentId)}`, call, (response) => response.text());
  }

  /**
   * Makes a key. This answer is the only one that shows it, so the call is not repeated by itself: one whose answer was lost is made again, and the other deleted.
   * @throws ApiError `insecure_url` when the key would travel in the clear
   */
  async createKey(body: CreateKeyBody = {}, options: CallOptions = {}): Promise<CreateKeyAnswer> {
    this.#transport.assertConfidential("a new API key");
    return this.#post("/keys", body, options);
  }

  /** Keys without the keys themselves, newest first. */
  listKeys(query: KeyListQuery = {}, options: CallOptions = {}): Promise<ListPage<KeyRow>> {
    return this.#page("/keys", { ...query }, options);
  }

  /** Revokes a key and the tokens that it made. `tenant`: another one than the caller's, for its operator. @throws ApiError `not_found` */
  async deleteKey(keyId: string, options: CallOptions & { readonly tenant?: string | undefined } = {}): Promise<void> {
    const call = { query: { tenant: options.tenant }, signal: options.signal };
    await this.#transport.call("DELETE", `/keys/${encodeURIComponent(keyId)}`, call, (response) => response.text());
  }

  /** Makes a token for one session, for a browser. It is shown once. @throws ApiError `insecure_url` when the token would travel in the clear */
  async createSessionToken(sessionId: string, body: CreateTokenBody = {}, options: CallOptions = {}): Promise<CreateTokenAnswer> {
    this.#transport.assertConfidential("a session's token");
    return this.#post(sessionPath(sessionId, "/tokens"), body, options);
  }

  /** Of all tenants and replicas. */
  listAllSessions(query: AdminSessionsQuery = {}, options: CallOptions = {}): Promise<ListPage<AdminSession>> {
    return this.#page("/admin/sessions", { ...query }, options);
  }

  /** Sandboxes that no session refers to. Destroys nothing. */
  listOrphans(options: CallOptions = {}): Promise<OrphansAnswer> {
    return this.#get("/admin/orphans", options, {}, this.#sandboxMs);
  }

  /** Destroys them. Safe to repeat. */
  sweepOrphans(options: CallOptions = {}): Promise<SweepAnswer> {
    return this.#post("/admin/orphans/sweep", {}, options, this.#sandboxMs);
  }
}
