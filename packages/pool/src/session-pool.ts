import type { ExecRequest, ExecResult, FileOperations, Prompt, Question, Session } from "@agent-sdk/core";
import { AgentSdkError, ownEvent } from "@agent-sdk/core";
import type { AdminService } from "./admin-service.ts";
import type { AgentService } from "./agent-service.ts";
import { BackgroundTasks } from "./background.ts";
import { Committer } from "./commit/committer.ts";
import type { PoolEnv, PoolOptions } from "./env.ts";
import { defaultPoolOptions } from "./env.ts";
import { Feeds } from "./feed/feeds.ts";
import { readLog } from "./log/read-log.ts";
import { Periodic } from "./periodic.ts";
import { reapIdle } from "./reaper.ts";
import { Heartbeat } from "./replica/heartbeat.ts";
import { Ownership } from "./replica/ownership.ts";
import { answerQuestion } from "./permissions/answer-question.ts";
import { Admin } from "./service/admin.ts";
import { Agents } from "./service/agents.ts";
import { createSession } from "./service/create-session.ts";
import { Outcomes } from "./service/outcomes.ts";
import { SandboxAccess } from "./service/sandbox-access.ts";
import { viewSandbox, viewStatus } from "./service/views.ts";
import { Volumes } from "./service/volumes.ts";
import type { CreateSession, LogRow, NewMessage, SandboxView, SessionService, SessionStatus, SubscribeOptions, Subscription } from "./session-service.ts";
import { finishUnfinished } from "./sweep/unfinished.ts";
import type { VolumeService } from "./volume-service.ts";

const pollEventsMs = 1000;

interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

/** Makes sessions, drives those that this replica owns, and answers for all of them. One per process. */
export class SessionPool implements SessionService, AsyncDisposable {
  readonly #env: PoolEnv;
  readonly #options: PoolOptions;
  readonly #background: BackgroundTasks;
  readonly #feeds: Feeds;
  readonly #committer: Committer;
  readonly #heartbeat: Heartbeat;
  readonly #ownership: Ownership;
  readonly #outcomes: Outcomes;
  readonly #access: SandboxAccess;
  readonly #volumes: Volumes;
  readonly #agents: Agents;
  readonly #admin: Admin;
  readonly #closing = new AbortController();
  #periodic: Periodic[] = [];
  #unsubscribe: (() => void) | null = null;
  #starting: Promise<void> | null = null;
  #stopping: Promise<void> | null = null;

  constructor(env: PoolEnv, options: Partial<PoolOptions> = {}) {
    this.#env = env;
    this.#options = { ...defaultPoolOptions, ...options };
    this.#background = new BackgroundTasks(env.log);
    this.#feeds = new Feeds(env);
    this.#committer = new Committer(env, this.#background, (events) => {
      this.#feeds.publish(events);
      const sessionId = events[0]?.sessionId;
      if (sessionId) this.#tellOthers(sessionId);
    });
    this.#heartbeat = new Heartbeat(env, this.#options, () => this.#ownership.dropAll(new AgentSdkError("superseded", "This server's leases ran out.")));
    this.#ownership = new Ownership(env, this.#options, this.#committer, this.#heartbeat, this.#background, {
      onDeleted: (id) => this.#feeds.end(id, "session_deleted"),
      onAppended: (id, seq) => this.#noticed(id, seq),
    });
    this.#outcomes = new Outcomes(env, this.#ownership);
    this.#access = new SandboxAccess(env, this.#ownership, this.#outcomes);
    const removeSession = (id: string, signal?: AbortSignal): Promise<void> => this.#remove(id, signal);
    this.#volumes = new Volumes(env, removeSession);
    this.#agents = new Agents(env, removeSession);
    this.#admin = new Admin(env, this.#options, () => this.#assertWorking());
  }

  get volumes(): VolumeService {
    return this.#volumes;
  }

  get admin(): AdminService {
    return this.#admin;
  }

  get agents(): AgentService {
    return this.#agents;
  }

  /** Joins the replicas, takes up what nobody drives and begins the periodic work. Idempotent. */
  start(): Promise<void> {
    this.#starting ??= this.#start();
    return this.#starting;
  }

  async #start(): Promise<void> {
    await this.#heartbeat.start();
    this.#unsubscribe = this.#env.notifications.subscribe(({ kind, sessionIds }) => {
      if (kind === "work") for (const id of sessionIds) this.#ownership.poke(id);
      else this.#background.run("refresh", () => this.#feeds.refresh(sessionIds.filter((id) => !this.#ownership.get(id))));
    });
    const { reaperIntervalMs, scanMs, sweepIntervalMs } = this.#options;
    this.#periodic = [
      new Periodic(this.#env, "scan", scanMs, () => this.#ownership.scan()),
      new Periodic(this.#env, "poll events", pollEventsMs, () => this.#feeds.refresh()),
      new Periodic(this.#env, "reap", reaperIntervalMs, async () => reapIdle(this.#env, this.#options, this.#ownership)),
      new Periodic(this.#env, "sweep", sweepIntervalMs, async () => void (await this.#admin.sweepOrphans())),
      new Periodic(this.#env, "finish", sweepIntervalMs, () => finishUnfinished(this.#env, { volumes: this.#volumes, agents: this.#agents }, this.#closing.signal)),
    ];
  }

  /**
   * Lets go in order: subscriptions end with a goodbye, running turns go on in their sandboxes, leases are given back. Resolves when no timer, task or
   * connection of the pool is left, at the latest after `graceMs`. Idempotent.
   */
  stop(options: { readonly graceMs?: number } = {}): Promise<void> {
    this.#stopping ??= this.#stop(options.graceMs ?? 8000);
    return this.#stopping;
  }

  async #stop(graceMs: number): Promise<void> {
    const draining = new AgentSdkError("draining", "The server is shutting down.");
    // What was asked of the store and has no answer by then is left to the next owner to find out.
    const deadline = this.#env.timers.set(graceMs, () => this.#committer.close());
    try {
      this.#closing.abort(draining);
      this.#unsubscribe?.();
      this.#feeds.endAll("draining");
      await Promise.all(this.#periodic.map((periodic) => periodic.stop()));
      await this.#ownership.close(draining);
      await this.#access.close();
      await this.#background.settled();
      await this.#heartbeat.stop();
    } finally {
      deadline.cancel();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async create(request: CreateSession, options: CallOptions = {}): Promise<Session> {
    options.signal?.throwIfAborted();
    const session = await createSession(this.#env, request);
    if (!request.provision) return session;
    try {
      return await this.#outcomes.wake(session.id, options.signal);
    } catch (error) {
      // A caller who is refused has no id to delete it by. One who only stopped waiting may have chosen it, and come back.
      if (!options.signal?.aborted) await this.#outcomes.remove(session.id);
      throw error;
    }
  }

  async get(tenant: string, id: string): Promise<Session> {
    const session = await this.#env.store.sessions.get(id);
    if (!session || session.tenant !== tenant || session.intents.delete) throw new AgentSdkError("not_found", `There is no session ${id}.`);
    return session;
  }

  list(tenant: string, filter: Parameters<SessionService["list"]>[1]): ReturnType<SessionService["list"]> {
    const { limit, cursor, ...rest } = filter;
    return this.#env.store.sessions.list({ tenant, ...rest }, { limit, cursor });
  }

  async status(tenant: string, id: string): Promise<SessionStatus> {
    const session = await this.get(tenant, id);
    return viewStatus(this.#env, session, { subscribers: this.#feeds.subscribersOf(id), idleMs: this.#ownership.get(id)?.idleMs() ?? null });
  }

  async sandbox(tenant: string, id: string): Promise<SandboxView> {
    return viewSandbox(this.#env, await this.get(tenant, id));
  }

  async message(tenant: string, id: string, message: NewMessage): Promise<Prompt> {
    await this.get(tenant, id);
    const rpcId = message.rpcId ?? this.#env.random.uuid();
    const interrupt = message.interrupt ?? false;
    const { prompt, seq } = await this.#env.store.prompts.enqueue({
      sessionId: id,
      rpcId,
      content: message.content,
      model: message.model ?? null,
      onSandboxLoss: message.onSandboxLoss ?? "fail",
      interrupt,
      event: ownEvent("prompt_queued", { rpc_id: rpcId, interrupt }),
    });
    if (seq !== null) this.#noticed(id, seq);
    this.#ownership.attendSoon(id);
    return prompt;
  }

  async prompts(tenant: string, id: string, options: { readonly limit?: number | undefined } = {}): Promise<readonly Prompt[]> {
    await this.get(tenant, id);
    return this.#env.store.prompts.list(id, { limit: options.limit ?? 1000 });
  }

  async withdraw(tenant: string, id: string, rpcId: string): Promise<Prompt> {
    await this.get(tenant, id);
    const frame = JSON.stringify({ jsonrpc: "2.0", id: rpcId, result: { stopReason: "cancelled" } });
    const { prompt, seq } = await this.#env.store.prompts.cancelQueued(id, rpcId, frame);
    this.#noticed(id, seq);
    return prompt;
  }

  async subscribe(tenant: string, id: string, options: SubscribeOptions = {}): Promise<Subscription> {
    await this.get(tenant, id);
    return this.#feeds.subscribe(id, options);
  }

  async cancel(tenant: string, id: string): Promise<Prompt | null> {
    await this.get(tenant, id);
    const prompt = await this.#env.store.prompts.requestCancel(id);
    if (prompt) this.#ownership.attendSoon(id);
    return prompt;
  }

  async permissions(tenant: string, id: string, options: { readonly status: "all" | "open"; readonly limit: number }): Promise<readonly Question[]> {
    await this.get(tenant, id);
    return this.#env.store.questions.list(id, { limit: options.limit, ...(options.status === "open" ? { states: ["open"] } : {}) });
  }

  async answerPermission(...[tenant, id, requestId, answer, options = {}]: Parameters<SessionService["answerPermission"]>): Promise<Question> {
    await this.get(tenant, id);
    const { question, seq } = await answerQuestion(this.#env, { sessionId: id, questionId: requestId, answer, caller: options.caller ?? null });
    this.#noticed(id, seq);
    this.#ownership.attendSoon(id);
    return question;
  }

  async resume(tenant: string, id: string, patch: Parameters<SessionService["resume"]>[2] = {}, options: CallOptions = {}): Promise<Session> {
    await this.get(tenant, id);
    const { env, secrets } = patch;
    if (env !== undefined || secrets !== undefined) await this.#env.store.sessions.updateSettings(id, { ...(env && { env }), ...(secrets && { secrets }) });
    return this.#outcomes.wake(id, options.signal);
  }

  async release(tenant: string, id: string, options: CallOptions = {}): Promise<Session> {
    await this.get(tenant, id);
    return this.#outcomes.release(id, options.signal);
  }

  async delete(tenant: string, id: string, options: CallOptions = {}): Promise<void> {
    const session = await this.#env.store.sessions.get(id);
    if (!session || session.tenant !== tenant) return;
    await this.#remove(id, options.signal);
  }

  async #remove(id: string, signal?: AbortSignal): Promise<void> {
    await this.#outcomes.remove(id, signal);
    this.#feeds.end(id, "session_deleted");
  }

  async log(tenant: string, id: string, options: { readonly limit: number }): Promise<readonly LogRow[]> {
    await this.get(tenant, id);
    return readLog(this.#env, id, options.limit);
  }

  async exec(tenant: string, id: string, request: ExecRequest, options: CallOptions = {}): Promise<ExecResult> {
    await this.get(tenant, id);
    return this.#access.use(id, options.signal, ({ client }) => client.exec(request, options));
  }

  async files(tenant: string, id: string, options: CallOptions = {}): Promise<FileOperations> {
    await this.get(tenant, id);
    return this.#access.files(id, options.signal);
  }

  async counts(): Promise<{ readonly sessions: number; readonly busy: number; readonly subscribers: number; readonly owned: number }> {
    const { sessions, busy } = await this.#env.store.sessions.count();
    return { sessions, busy, subscribers: this.#feeds.subscribers, owned: this.#ownership.size };
  }

  #assertWorking(): void {
    if (this.#stopping) throw new AgentSdkError("draining", "The server is shutting down.");
    if (this.#periodic.length === 0) throw new AgentSdkError("unavailable", "The server has not started yet.");
  }

  #noticed(sessionId: string, seq: number): void {
    this.#feeds.notice(sessionId, seq);
    this.#tellOthers(sessionId);
  }

  #tellOthers(sessionId: string): void {
    if (!this.#heartbeat.alone) this.#env.notifications.publish({ kind: "events", sessionIds: [sessionId] });
  }
}
