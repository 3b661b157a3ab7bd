import type { AgentLaunch, AgentRunStatus, ExecRequest, ExecResult, FencedOptions, FileOperations, JournalRecord, JsonRpcMessage, RuntimeEnv, SupervisorClient, SupervisorEndpoint, SupervisorHealth } from "@agent-sdk/core";
import { AgentSdkError } from "@agent-sdk/core";
import { generationHeader } from "../wire.ts";
import { remoteFiles } from "./files.ts";
import { type CallOptions, HttpConnection } from "./http-call.ts";
import { journalBatches } from "./journal-stream.ts";

const healthTimeoutMs = 2_000;
const callTimeoutMs = 10_000;
const startTimeoutMs = 15_000;
const defaultGraceMs = 2_000;

type Fenced = FencedOptions & { readonly body?: unknown; readonly timeoutMs?: number; readonly method?: "POST" | "PUT"; readonly mustNotRepeat?: boolean };

/** The HTTP client of one supervisor. One per sandbox is kept, not one per call. */
export class HttpSupervisorClient implements SupervisorClient {
  readonly files: FileOperations;
  readonly #env: RuntimeEnv;
  readonly #http: HttpConnection;

  constructor(env: RuntimeEnv, endpoint: SupervisorEndpoint) {
    this.#env = env;
    this.#http = new HttpConnection(env, endpoint);
    this.files = remoteFiles(this.#http);
  }

  health(options: Parameters<SupervisorClient["health"]>[0] = {}): Promise<SupervisorHealth> {
    const { timeoutMs = healthTimeoutMs, signal } = options;
    return this.#get("/v1/health", { timeoutMs, signal });
  }

  fence(options: FencedOptions): Promise<SupervisorHealth> {
    return this.#command("/v1/fence", options);
  }

  startAgent(runId: string, launch: AgentLaunch, options: FencedOptions): Promise<AgentRunStatus> {
    return this.#command(pathOf(runId), { ...options, method: "PUT", body: launch, timeoutMs: startTimeoutMs });
  }

  stopAgent(runId: string, options: Parameters<SupervisorClient["stopAgent"]>[1]): Promise<AgentRunStatus> {
    const { graceMs = defaultGraceMs } = options;
    return this.#command(`${pathOf(runId)}/stop`, { ...options, body: { graceMs }, timeoutMs: graceMs + callTimeoutMs });
  }

  agentStatus(runId: string, options: { readonly signal?: AbortSignal | undefined } = {}): Promise<AgentRunStatus> {
    return this.#get(pathOf(runId), { timeoutMs: callTimeoutMs, signal: options.signal });
  }

  send(runId: string, message: JsonRpcMessage, options: FencedOptions & { readonly commandId?: string | undefined }): Promise<{ readonly duplicate: boolean }> {
    const query = options.commandId === undefined ? "" : `?command_id=${encodeURIComponent(options.commandId)}`;
    return this.#command(`${pathOf(runId)}/messages${query}`, { ...options, body: message, mustNotRepeat: options.commandId === undefined });
  }

  async *journal(runId: string, options: { readonly after: number; readonly signal?: AbortSignal | undefined }): AsyncGenerator<readonly JournalRecord[]> {
    const { after, signal } = options;
    const response = await this.#http.open({ method: "GET", path: `${pathOf(runId)}/journal?after=${after}`, timeoutMs: callTimeoutMs, signal, isStream: true });
    yield* journalBatches(this.#env, response, signal);
  }

  async acknowledge(runId: string, position: number, options: FencedOptions): Promise<void> {
    await this.#command(`${pathOf(runId)}/acknowledge`, { ...options, body: { position } });
  }

  exec(request: ExecRequest, options: { readonly signal?: AbortSignal | undefined } = {}): Promise<ExecResult> {
    return this.#http.json({
      method: "POST",
      path: "/v1/exec",
      body: JSON.stringify(request),
      timeoutMs: request.timeoutMs + callTimeoutMs,
      signal: options.signal,
      // A command must not be run a second time because its connection broke.
      mustNotRepeat: true,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#http.close();
  }

  #get<Result>(path: string, options: Pick<CallOptions, "signal" | "timeoutMs">): Promise<Result> {
    return this.#http.json({ method: "GET", path, ...options });
  }

  #command<Result>(path: string, { generation, signal, body = {}, timeoutMs = callTimeoutMs, method = "POST", mustNotRepeat = false }: Fenced): Promise<Result> {
    return this.#http.json({ method, path, headers: { [generationHeader]: String(generation) }, body: JSON.stringify(body), timeoutMs, signal, mustNotRepeat });
  }
}

function pathOf(runId: string): string {
  if (runId === "") throw new AgentSdkError("bad_request", "A run's id cannot be empty.");
  return `/v1/runs/${encodeURIComponent(runId)}`;
}
