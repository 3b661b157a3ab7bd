import type { AgentRunStatus, JournalRecord, JsonObject, JsonRpcErrorObject, JsonRpcId, JsonValue, NewEvent, NewQuestion, SupervisorClient } from "@agent-sdk/core";
import { asText, AgentSdkError, classifyMessage, describeError, isAgentSdkError, isJsonObject, ownEvent, sleep } from "@agent-sdk/core";
import type { DriverContext } from "../driver/context.ts";
import type { Loss } from "../driver/loss.ts";
import type { AgentRequest, Handling } from "../permissions/session-permissions.ts";
import type { Deferred } from "../signals.ts";
import { deferred, withDeadline } from "../signals.ts";
import { parseMessage, readExit } from "./journal-messages.ts";
import { AgentRpcError } from "./rpc-error.ts";

/** What a connection asks of whoever drives the session. All of it is called in the journal's order. */
export interface AgentObserver {
  /** The prompt that the agent is working at, whose updates these are. */
  activeRpcId(): string | null;
  /** The answer to the active prompt. `before` are events that are not written yet and come first. */
  onPromptAnswer(answer: JsonObject, text: string, before: readonly NewEvent[], position: number): void;
  /** A request of the agent, before it is recorded. Resolves with what to answer at once, and what to record of it. */
  onRequest(request: AgentRequest): Promise<Handling>;
  /** A question that came with a request is in the store. */
  onQuestionStored(questionId: string): void;
  /** What the agent says without waiting for an answer, live. */
  onNotification(message: JsonObject): void;
}

export interface AgentRequestOptions {
  readonly timeoutMs: number;
  /**
   * The agent repeats meanwhile what is in the stream already, and that is not recorded again: until its answer, or, where it goes on behind it, until
   * {@link AgentConnection.settle}.
   */
  readonly repeats?: "until_answered" | "until_settled";
}

/** Whichever comes first. The supervisor stops reading its agent at 64 MiB that nobody acknowledged. */
const acknowledgeEvery = 2000;
const acknowledgeBytes = 4 * 1024 * 1024;
/** So often in a row an agent must be found not to take its input before it counts as lost. */
const maxWedged = 3;
const healthMs = 1000;
const reconnectMs = 100;
/** The supervisor's own last record of a run. */
const exitedMethod = "_agent_sdk/agent_exited";

/**
 * One run of an agent, seen through its supervisor's journal: requests to it, and every message from it, recorded as it came. The journal's position is
 * written with the events, so that the next owner goes on exactly behind what is stored.
 */
export class AgentConnection {
  readonly runId: string;
  readonly #context: DriverContext;
  readonly #client: SupervisorClient;
  readonly #observer: AgentObserver;
  readonly #pending = new Map<JsonRpcId, Deferred<JsonValue>>();
  readonly #closing = new AbortController();
  readonly #lost: Deferred<Loss> = deferred<Loss>();
  #loss: Loss | null = null;
  #exit: Pick<Loss, "exitCode" | "exitSignal" | "stderr"> | null = null;
  #position: number;
  #committed: number;
  #acknowledged: number;
  /** Text that was read since the last write, and that was written since the last acknowledgement. */
  #unwrittenBytes = 0;
  #unacknowledgedBytes = 0;
  #wedged = 0;
  /** The request whose answer ends a repetition of what is in the stream already; `"settle"` where only {@link settle} does. */
  #replaying: JsonRpcId | null = null;
  /** How much was repeated so far. */
  #repeated = 0;
  #pump: Promise<void> | null = null;

  constructor(context: DriverContext, client: SupervisorClient, runId: string, position: number, observer: AgentObserver) {
    this.#context = context;
    this.#client = client;
    this.runId = runId;
    this.#position = position;
    this.#committed = position;
    this.#acknowledged = position;
    this.#observer = observer;
  }

  /** Resolves when the run has ended, or cannot be reached any more. */
  get lost(): Promise<Loss> {
    return this.#lost.promise;
  }

  get loss(): Loss | null {
    return this.#loss;
  }

  get position(): number {
    return this.#position;
  }

  /**
   * Whether the agent can be given something now: asked of its supervisor. An open stream alone does not tell, for a dead
   * sandbox may not have been noticed yet. False: the connection is lost.
   */
  async isAlive(): Promise<boolean> {
    if (this.#loss) return false;
    if (await this.#runs()) return true;
    // What is the matter is for the reading side to find out; its word is waited for.
    await this.#untilLost();
    if (!this.#loss && !(await this.#runs())) this.#lose({ kind: "sandbox_unreachable", message: "The sandbox does not answer any more.", sandbox: true });
    return this.#loss === null;
  }

  async #runs(): Promise<boolean> {
    try {
      const status = await withDeadline(this.#context.env, healthMs, "The agent's status", this.#closing.signal, (signal) => this.#client.agentStatus(this.runId, { signal }));
      return status.state === "running" && !status.wedged;
    } catch (error) {
      this.#context.log.debug({ ...this.#context.fields(), error: describeError(error) }, "the agent's status is not to be had");
      return false;
    }
  }

  /** Begins to read. Failures end the connection with a loss, never with a rejection. */
  start(): void {
    if (this.#pump) return;
    // What an earlier owner stored and did not get to acknowledge.
    if (this.#committed > 0) this.#acknowledge();
    this.#pump = this.#run();
  }

  /** Looks whether the agent still takes its input; one that is stopped for several looks in a row is lost. */
  async checkWedged(): Promise<void> {
    const { signal } = this.#closing;
    const status = await withDeadline(this.#context.env, healthMs, "The agent's status", signal, (inner) => this.#client.agentStatus(this.runId, { signal: inner }));
    this.#wedged = status.wedged ? this.#wedged + 1 : 0;
    if (this.#wedged >= maxWedged) this.#lose({ kind: "sandbox_unreachable", message: "The agent is stopped, or does not take its input any more.", sandbox: true });
  }

  /** Stops reading. The agent goes on. */
  async close(): Promise<void> {
    this.#closing.abort(new AgentSdkError("aborted", "The connection was closed."));
    this.#fail(new AgentSdkError("aborted", "The connection was closed."));
    await this.#pump;
  }

  /**
   * Sends a request and waits for its answer.
   * @throws AgentRpcError when the agent refuses, `sandbox_failed` when it is lost, `timeout`.
   */
  async request(method: string, params: JsonObject, options: AgentRequestOptions): Promise<JsonValue> {
    const id = `pool:${this.#context.env.random.uuid()}`;
    const answer = deferred<JsonValue>();
    this.#pending.set(id, answer);
    if (options.repeats) this.#replaying = options.repeats === "until_settled" ? "settle" : id;
    try {
      return await withDeadline(this.#context.env, options.timeoutMs, `The agent's answer to ${method}`, this.#closing.signal, async (signal) => {
        await this.#send({ jsonrpc: "2.0", id, method, params }, id, signal);
        return answer.promise;
      });
    } catch (error) {
      // Refused or not answered: there is nothing to be repeated.
      if (options.repeats) this.#replaying = null;
      throw error;
    } finally {
      this.#pending.delete(id);
      if (this.#replaying === id) this.#replaying = null;
    }
  }

  /**
   * Waits until the agent has stopped repeating: until a whole round trip brings nothing more of it. What asks for the round trip is a method that no agent
   * has; its refusal is the answer.
   * @throws `sandbox_failed` when the agent is lost, `timeout` when it does not stop.
   */
  async settle(timeoutMs: number): Promise<void> {
    const { clock } = this.#context.env;
    const deadline = clock.monotonic() + timeoutMs;
    try {
      for (let before = -1; before !== this.#repeated; ) {
        if (clock.monotonic() > deadline) throw new AgentSdkError("timeout", "The agent did not stop repeating the conversation.");
        before = this.#repeated;
        await this.request("_agent_sdk/settled", {}, { timeoutMs }).catch((error: unknown) => {
          if (!(error instanceof AgentRpcError)) throw error;
        });
      }
    } finally {
      this.#replaying = null;
    }
  }

  /** Hands a prompt to the agent, at most once in this run. The answer comes to the observer. */
  async prompt(rpcId: string, params: JsonObject): Promise<void> {
    try {
      await this.#send({ jsonrpc: "2.0", id: rpcId, method: "session/prompt", params }, `prompt:${rpcId}`, this.#closing.signal);
    } catch (error) {
      // The agent has ended and its last record is on its way: how it ended is the better answer.
      if (isAgentSdkError(error, "conflict") || isAgentSdkError(error, "not_found")) throw await this.#endedWith(error);
      throw error;
    }
  }

  async notify(method: string, params: JsonObject, commandId: string): Promise<void> {
    await this.#send({ jsonrpc: "2.0", method, params }, commandId, this.#closing.signal);
  }

  async respond(id: JsonRpcId, answer: { readonly result: JsonValue } | { readonly error: JsonRpcErrorObject }, commandId: string): Promise<void> {
    await this.#send({ jsonrpc: "2.0", id, ...answer }, commandId, this.#closing.signal);
  }

  /** A send whose reply was lost is repeated: the command id makes that harmless. */
  async #send(message: Parameters<SupervisorClient["send"]>[1], commandId: string, signal: AbortSignal): Promise<void> {
    const { generation, env } = this.#context;
    for (;;) {
      if (this.#loss) throw lostError(this.#loss);
      try {
        await this.#client.send(this.runId, message, { generation, commandId, signal });
        return;
      } catch (error) {
        if (isAgentSdkError(error, "superseded") && (await this.#context.isCurrent())) {
          this.#lose(usurped);
          throw lostError(usurped);
        }
        if (signal.aborted || (!isAgentSdkError(error, "unavailable") && !isAgentSdkError(error, "timeout"))) throw error;
        // Not left to the reading side, which may itself be waiting for this very answer to be sent.
        const loss = await this.#lookAfter();
        if (loss) this.#lose(loss);
        await sleep(env, reconnectMs, { signal });
      }
    }
  }

  /** Gives the reading side its time to find out what is the matter. */
  async #untilLost(): Promise<void> {
    const enough = sleep(this.#context.env, this.#context.options.unreachableMs, { signal: this.#closing.signal });
    await Promise.race([this.#lost.promise, enough]);
  }

  async #endedWith(error: unknown): Promise<unknown> {
    await this.#untilLost();
    return this.#loss ? lostError(this.#loss) : error;
  }

  async #run(): Promise<void> {
    while (!this.#closing.signal.aborted) {
      try {
        for await (const batch of this.#client.journal(this.runId, { after: this.#position, signal: this.#closing.signal })) await this.#take(batch);
        return this.#lose(await this.#describeExit());
      } catch (error) {
        const loss = await this.#diagnose(error).catch((reason: unknown) => {
          if (!this.#closing.signal.aborted && !this.#context.signal.aborted) throw reason;
          return null;
        });
        if (loss) return this.#lose(loss);
      }
    }
  }

  async #take(batch: readonly JournalRecord[]): Promise<void> {
    let events: NewEvent[] = [];
    for (const record of batch) {
      this.#unwrittenBytes += record.message.length;
      const message = parseMessage(record.message);
      const kind = isJsonObject(message) ? classifyMessage(message) : "invalid";
      this.#position = record.position;
      if (kind === "invalid") events.push({ rpcId: this.#observer.activeRpcId(), message: ownEvent("invalid_message", { text: record.message }) });
      if (kind === "notification") {
        if (isJsonObject(message) && message["method"] === exitedMethod) this.#exit = readExit(message["params"]);
        else if (this.#replaying === null) {
          events.push({ rpcId: this.#observer.activeRpcId(), message: record.message });
          if (isJsonObject(message)) this.#observer.onNotification(message);
        } else this.#repeated += 1;
      } else if (kind === "request" && isJsonObject(message)) {
        const { question, ...handled } = await this.#answer(message, record);
        events.push(...handled.events);
        if (!question) continue;
        this.#record(events, question);
        events = [];
      } else if (kind === "response" && isJsonObject(message)) {
        if (this.#settle(message)) continue;
        this.#observer.onPromptAnswer(message, record.message, events, record.position);
        events = [];
      }
    }
    this.#record(events);
    await this.#context.writer.below(this.#context.options.maxUncommittedBytes);
  }

  /**
   * Answered first, recorded then: an owner that dies between leaves a record that the next one reads again and answers again, which the command id makes
   * harmless. Where somebody is asked, the question is recorded first, and answered by the same command id later.
   */
  async #answer(message: JsonObject, record: JournalRecord): Promise<Pick<Handling, "events" | "question">> {
    const id = message["id"] as JsonRpcId;
    const asked = { rpcId: this.#observer.activeRpcId(), message: record.message };
    // By the record, not by the request's id, which an agent may use again.
    const commandId = `answer:${record.position}`;
    try {
      const request = { id, method: asText(message["method"]), params: message["params"] ?? null, runId: this.runId, position: record.position };
      const { reply, events, question } = await this.#observer.onRequest(request);
      if (reply) await this.respond(id, reply, commandId);
      return { events: [asked, ...events], question };
    } catch (error) {
      if (isAgentSdkError(error, "superseded") || this.#closing.signal.aborted) throw error;
      // An agent that has ended needs no answer. That it asked is recorded all the same, and with it all that came before.
      this.#context.log.warn({ ...this.#context.fields(), error: describeError(error) }, "the agent's request could not be answered");
      if (!(error instanceof AgentSdkError)) await this.respond(id, { error: { code: -32603, message: "The request could not be handled." } }, commandId).catch(() => undefined);
      return { events: [asked], question: null };
    }
  }

  /** True when the response was to one of this connection's own requests. */
  #settle(message: JsonObject): boolean {
    const pending = this.#pending.get(message["id"] as JsonRpcId);
    if (!pending) return false;
    // At once, not when the waiting side gets to run: what follows in the same batch is live.
    if (this.#replaying === message["id"]) this.#replaying = null;
    const { error, result } = message;
    if (isJsonObject(error)) pending.reject(new AgentRpcError({ code: Number(error["code"]), message: asText(error["message"]), data: error["data"] ?? null }));
    else pending.resolve(result ?? null);
    return true;
  }

  /** Writes events and position without waiting: order is the writer's, and reading goes on while the store works. */
  #record(events: readonly NewEvent[], question: NewQuestion | null = null): void {
    const position = this.#position;
    const bytes = this.#unwrittenBytes;
    if (position === this.#committed && events.length === 0) return;
    if (events.length === 0 && position - this.#committed < acknowledgeEvery && bytes < acknowledgeBytes) return;
    if (events.length > 0) this.#context.touch();
    this.#unwrittenBytes = 0;
    void this.#context.write({ events, journal: { runId: this.runId, position }, questions: question ? [question] : [] }).then(
      () => {
        this.committed(position, bytes);
        if (question) this.#observer.onQuestionStored(question.id);
      },
      (error: unknown) => this.#abandon(error),
    );
  }

  /** The store has everything up to `position`; `bytes` more of it than before. */
  committed(position: number, bytes = 0): void {
    this.#committed = Math.max(this.#committed, position);
    this.#unacknowledgedBytes += bytes;
    if (this.#committed - this.#acknowledged >= acknowledgeEvery || this.#unacknowledgedBytes >= acknowledgeBytes) this.#acknowledge();
  }

  #acknowledge(): void {
    this.#acknowledged = this.#committed;
    this.#unacknowledgedBytes = 0;
    const { generation, log } = this.#context;
    this.#client.acknowledge(this.runId, this.#committed, { generation, signal: this.#closing.signal }).catch((error: unknown) => {
      // The next one acknowledges more.
      log.debug({ ...this.#context.fields(), error: describeError(error) }, "an acknowledgement was not taken");
    });
  }

  #abandon(error: unknown): void {
    this.#context.log.warn({ ...this.#context.fields(), error: describeError(error) }, "events cannot be written; this server lets go of the session");
    this.#context.closing.abort(error);
  }

  /** What a journal that broke off means. Null: read on. One failure alone never means that the sandbox is lost. */
  async #diagnose(error: unknown): Promise<Loss | null> {
    if (this.#closing.signal.aborted || this.#context.signal.aborted) return null;
    if (isAgentSdkError(error, "superseded")) {
      if (await this.#context.isCurrent()) return usurped;
      this.#context.closing.abort(error);
      return null;
    }
    if (isAgentSdkError(error, "not_found") || isAgentSdkError(error, "cursor_expired")) {
      return { kind: "sandbox_internal_error", message: "The sandbox has lost the agent's output.", sandbox: true };
    }
    this.#context.log.warn({ ...this.#context.fields(), error: describeError(error) }, "the agent's journal broke off; looking after the sandbox");
    return this.#lookAfter();
  }

  async #lookAfter(): Promise<Loss | null> {
    const { env, options, sandbox } = this.#context;
    const deadline = env.clock.monotonic() + options.unreachableMs;
    for (;;) {
      const status = sandbox.ref ? await this.#providerStatus(sandbox.ref) : "missing";
      if (status === "missing" || status === "stopped") return { kind: "sandbox_process_died", message: "The sandbox ended while the agent was working.", sandbox: true };
      if (await this.#answers()) return null;
      if (env.clock.monotonic() > deadline) return { kind: "sandbox_unreachable", message: "The sandbox does not answer any more.", sandbox: true };
      await sleep(env, reconnectMs, { signal: this.#closing.signal });
    }
  }

  async #providerStatus(ref: string): Promise<string> {
    const { env, sandbox, signal } = this.#context;
    try {
      const provider = env.providers.get(sandbox.recipe.provider);
      return provider ? await withDeadline(env, healthMs, "The sandbox's status", signal, (inner) => provider.status(ref, { signal: inner })) : "unknown";
    } catch {
      // Not knowing is an answer: it neither proves a death nor permits to destroy anything.
      return "unknown";
    }
  }

  async #answers(): Promise<boolean> {
    try {
      await this.#client.health({ timeoutMs: healthMs, signal: this.#closing.signal });
      return true;
    } catch (error) {
      this.#context.log.debug({ ...this.#context.fields(), error: describeError(error) }, "no answer to a health check");
      return false;
    }
  }

  async #describeExit(): Promise<Loss> {
    const exit = this.#exit ?? (await this.#statusExit());
    return { kind: "sandbox_process_died", message: "The agent's process ended.", sandbox: false, ...exit };
  }

  async #statusExit(): Promise<Pick<Loss, "exitCode" | "exitSignal" | "stderr">> {
    try {
      const status: AgentRunStatus = await this.#client.agentStatus(this.runId, { signal: this.#closing.signal });
      return { exitCode: status.exitCode, exitSignal: status.exitSignal, stderr: status.stderrTail };
    } catch (error) {
      this.#context.log.debug({ ...this.#context.fields(), error: describeError(error) }, "how the agent ended is not known");
      return {};
    }
  }

  #lose(loss: Loss): void {
    this.#loss ??= loss;
    this.#fail(lostError(loss));
    this.#lost.resolve(this.#loss);
  }

  #fail(error: unknown): void {
    for (const pending of this.#pending.values()) pending.reject(error);
    this.#pending.clear();
  }
}

/** The store says that this owner is the session's, and the sandbox says no: then it is the sandbox that is wrong. */
const usurped: Loss = { kind: "sandbox_internal_error", message: "The sandbox does not obey the session's owner any more.", sandbox: true };

function lostError(loss: Loss): AgentSdkError {
  return new AgentSdkError("sandbox_failed", loss.message, { details: { kind: loss.kind } });
}
