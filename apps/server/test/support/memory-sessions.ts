import { randomUUID } from "node:crypto";
import { once, EventEmitter } from "node:events";
import { AgentSdkError, errorFrame, ownEvent, queueFull, resultFrame, withoutSandbox, type Prompt, type Question, type QuestionAnswer, type Session, type StoredEvent } from "@agent-sdk/core";
import type { CreateSession, FeedItem, NewMessage, SessionService, SubscribeOptions, Subscription } from "@agent-sdk/pool";
import { memoryFiles, type MemoryFiles } from "./memory-files.ts";

interface Entry {
  readonly session: Session;
  readonly events: StoredEvent[];
  readonly prompts: Prompt[];
  readonly questions: Question[];
  readonly files: MemoryFiles;
  readonly changed: EventEmitter;
  subscribers: number;
}

const batchSize = 500;

/** A `SessionService` that keeps sessions in memory and lets a test write their events: what the routes, the streams and the client are tried on. */
export class MemorySessions implements SessionService {
  readonly #entries = new Map<string, Entry>();
  readonly #drain = new EventEmitter().setMaxListeners(0);
  #draining = false;
  /** Whether queues have no room. */
  isFull = false;
  /** Called after a prompt is stored; a test answers it with {@link append} and {@link finish}. */
  onMessage: (sessionId: string, rpcId: string, content: Prompt["content"]) => void = () => {};

  #entry(tenant: string, id: string): Entry {
    const entry = this.#entries.get(id);
    if (!entry || entry.session.tenant !== tenant) throw new AgentSdkError("not_found", "There is no such session.");
    return entry;
  }

  #current(entry: Entry): Session {
    return { ...entry.session, head: { ...entry.session.head, lastSeq: entry.events.length, firstSeq: 1 } };
  }

  append(sessionId: string, rpcId: string | null, message: string): number {
    const entry = this.#entry("default", sessionId);
    const seq = entry.events.length + 1;
    entry.events.push({ sessionId, seq, rpcId, message, createdAt: new Date() });
    entry.changed.emit("change");
    return seq;
  }

  #move(sessionId: string, rpcId: string, patch: Partial<Prompt>): Prompt {
    const { prompts } = this.#entry("default", sessionId);
    const index = prompts.findIndex((prompt) => prompt.rpcId === rpcId);
    const found = prompts[index];
    if (!found) throw new AgentSdkError("not_found", "There is no such prompt.");
    const moved = { ...found, ...patch };
    prompts[index] = moved;
    return moved;
  }

  finish(sessionId: string, rpcId: string, stopReason = "end_turn"): void {
    this.#move(sessionId, rpcId, { state: stopReason === "cancelled" ? "cancelled" : "done", stopReason, endedAt: new Date() });
    this.append(sessionId, rpcId, resultFrame(rpcId, { stopReason }));
  }

  fail(sessionId: string, rpcId: string, message: string): void {
    this.#move(sessionId, rpcId, { state: "failed", endedAt: new Date() });
    this.append(sessionId, rpcId, errorFrame(rpcId, "sandbox_process_died", message));
  }

  drain(): void {
    this.#draining = true;
    this.#drain.emit("drain");
  }

  undrain(): void {
    this.#draining = false;
  }

  async create(request: CreateSession): Promise<Session> {
    const id = request.id ?? randomUUID();
    if (this.#entries.has(id)) throw new AgentSdkError("conflict", "This session id is taken.");
    const session: Session = {
      id,
      tenant: request.tenant,
      agentId: "id" in request.agent ? request.agent.id : randomUUID(),
      volumeId: randomUUID(),
      settings: request.settings,
      sandbox: withoutSandbox(request.recipe, { hibernated: false }),
      innerSessionId: null,
      conversationStarted: false,
      intents: { release: false, delete: false, wake: false },
      createdAt: new Date(),
      lastActivityAt: new Date(),
      head: { sessionId: id, ownerReplicaId: null, ownerAlive: false, generation: 0, lastSeq: 0, firstSeq: 1, journal: null },
    };
    const changed = new EventEmitter().setMaxListeners(0);
    this.#entries.set(id, { session, events: [], prompts: [], questions: [], files: memoryFiles(), changed, subscribers: 0 });
    return session;
  }

  async get(tenant: string, id: string): Promise<Session> {
    return this.#current(this.#entry(tenant, id));
  }

  async list(tenant: string, filter: { readonly limit: number; readonly cursor?: string | undefined }): ReturnType<SessionService["list"]> {
    const all = [...this.#entries.values()].filter(({ session }) => session.tenant === tenant).map((entry) => this.#current(entry));
    const start = Number(filter.cursor ?? 0);
    const end = start + filter.limit;
    return { items: all.slice(start, end), nextCursor: end < all.length ? String(end) : null };
  }

  async status(tenant: string, id: string): ReturnType<SessionService["status"]> {
    const entry = this.#entry(tenant, id);
    const activePrompt = entry.prompts.find((prompt) => prompt.state === "running") ?? null;
    return { session: this.#current(entry), activePrompt, waiting: 0, pendingPermissions: entry.questions.filter(({ state }) => state === "open").length, subscribers: entry.subscribers, idleSeconds: 0, owner: null };
  }

  async sandbox(tenant: string, id: string): ReturnType<SessionService["sandbox"]> {
    const { session } = this.#entry(tenant, id);
    return { provider: session.sandbox.recipe.provider, ref: null, status: "missing", root: null, url: null, markerPath: null };
  }

  async message(tenant: string, id: string, message: NewMessage): Promise<Prompt> {
    const entry = this.#entry(tenant, id);
    const rpcId = message.rpcId ?? randomUUID();
    const known = entry.prompts.find((prompt) => prompt.rpcId === rpcId);
    if (known) return known;
    if (this.isFull) throw queueFull();
    const times = { cancelRequestedAt: null, createdAt: new Date(), startedAt: new Date(), endedAt: null };
    const settings = { model: message.model ?? null, onSandboxLoss: message.onSandboxLoss ?? "fail", attempt: 1, stopReason: null, error: null } as const;
    const prompt: Prompt = { rpcId, sessionId: id, position: entry.prompts.length + 1, state: "running", content: message.content, ...settings, ...times };
    entry.prompts.push(prompt);
    this.append(id, rpcId, ownEvent("prompt_queued", { rpc_id: rpcId }));
    this.onMessage(id, rpcId, message.content);
    return prompt;
  }

  async prompts(tenant: string, id: string): Promise<readonly Prompt[]> {
    return [...this.#entry(tenant, id).prompts];
  }

  async withdraw(tenant: string, id: string, rpcId: string): Promise<Prompt> {
    this.#entry(tenant, id);
    const prompt = this.#move(id, rpcId, {});
    throw new AgentSdkError("conflict", `The prompt is ${prompt.state}.`);
  }

  async subscribe(tenant: string, id: string, options: SubscribeOptions = {}): Promise<Subscription> {
    const entry = this.#entry(tenant, id);
    const after = options.after ?? entry.events.length;
    return { after, items: this.#counted(entry, this.#items(entry, after, options)) };
  }

  async *#counted(entry: Entry, items: AsyncGenerator<FeedItem>): AsyncGenerator<FeedItem> {
    entry.subscribers += 1;
    try {
      yield* items;
    } finally {
      entry.subscribers -= 1;
    }
  }

  async *#items(entry: Entry, start: number, options: SubscribeOptions): AsyncGenerator<FeedItem> {
    let position = start;
    for (;;) {
      if (options.signal?.aborted) return;
      if (this.#draining) {
        yield { type: "goodbye", reason: "draining", lastSeq: position };
        return;
      }
      const batch = entry.events.slice(position, position + batchSize);
      if (batch.length === 0) {
        if (options.follow === false) return;
        await this.#wait(entry, options.signal);
        continue;
      }
      position += batch.length;
      const events = batch.filter((event) => options.rpcId === undefined || event.rpcId === options.rpcId);
      const end = options.rpcId === undefined ? -1 : events.findIndex((event) => (JSON.parse(event.message) as { id?: unknown }).id === options.rpcId);
      yield { type: "events", events: end === -1 ? events : events.slice(0, end + 1) };
      if (end !== -1) return;
    }
  }

  async #wait(entry: Entry, signal: AbortSignal | undefined): Promise<void> {
    const over = new AbortController();
    const waits = [once(entry.changed, "change", { signal: over.signal }), once(this.#drain, "drain", { signal: over.signal })];
    if (signal) waits.push(once(signal, "abort", { signal: over.signal }));
    for (const wait of waits) void wait.catch(() => "cancelled below");
    await Promise.race(waits);
    over.abort();
  }

  async cancel(tenant: string, id: string): Promise<Prompt | null> {
    const running = this.#entry(tenant, id).prompts.find((prompt) => prompt.state === "running");
    if (!running) return null;
    this.finish(id, running.rpcId, "cancelled");
    return running;
  }

  /** Lets the agent have asked something. */
  ask(sessionId: string, question: Pick<Question, "id" | "kind" | "params">): void {
    const times = { createdAt: new Date(0), expiresAt: null, decidedAt: null, settledAt: null };
    this.#entry("default", sessionId).questions.push({ ...question, sessionId, state: "open", rpcId: "p", runId: "run", position: 1, requestId: 7, verdict: null, ...times });
  }

  async permissions(tenant: string, id: string, { status, limit }: { readonly status: "all" | "open"; readonly limit: number }): Promise<readonly Question[]> {
    const { questions } = this.#entry(tenant, id);
    return questions.filter(({ state }) => status === "all" || state === "open").slice(0, limit);
  }

  async answerPermission(tenant: string, id: string, requestId: string, answer: QuestionAnswer): Promise<Question> {
    const { questions } = this.#entry(tenant, id);
    const index = questions.findIndex((question) => question.id === requestId);
    const question = questions[index];
    if (!question) throw new AgentSdkError("not_found", "There is no such question.");
    if (question.state !== "open") throw new AgentSdkError("conflict", "This question is not open any more.", { details: { status: question.state } });
    const reply = answer.type === "action" ? { action: answer.action } : { outcome: answer.type === "option" ? { outcome: "selected", optionId: answer.optionId } : { outcome: "cancelled" } };
    const answered: Question = { ...question, state: "answered", verdict: { reply, decidedBy: "caller", caller: null }, decidedAt: new Date(1) };
    questions[index] = answered;
    return answered;
  }

  async resume(tenant: string, id: string): Promise<Session> {
    return this.get(tenant, id);
  }

  async release(tenant: string, id: string): Promise<Session> {
    return this.get(tenant, id);
  }

  async delete(tenant: string, id: string): Promise<void> {
    if (this.#entries.get(id)?.session.tenant === tenant) this.#entries.delete(id);
  }

  async log(tenant: string, id: string): ReturnType<SessionService["log"]> {
    this.#entry(tenant, id);
    return [{ id: 1, eventType: "user_message", payload: { text: "hello" }, createdAt: new Date(0) }];
  }

  async exec(tenant: string, id: string, request: { readonly command: string }, options: { readonly signal?: AbortSignal | undefined } = {}): ReturnType<SessionService["exec"]> {
    this.#entry(tenant, id);
    if (request.command === "crash") throw new Error("planted-secret at /root/somewhere");
    if (request.command === "wait" && options.signal) {
      await once(options.signal, "abort");
      this.onAbort();
    }
    return { stdout: request.command, stderr: "", exitCode: 0, signal: null, stdoutTruncated: false, stderrTruncated: false, timedOut: false };
  }

  /** Called when the caller of a command left. */
  onAbort: () => void = () => {};

  async files(tenant: string, id: string): Promise<MemoryFiles> {
    return this.#entry(tenant, id).files;
  }

  async counts(): ReturnType<SessionService["counts"]> {
    return { sessions: this.#entries.size, busy: 0, subscribers: 0, owned: 0 };
  }
}
