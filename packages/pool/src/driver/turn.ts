import type { AgentDefinition } from "@agent-sdk/agents";
import type { FailureKind, JsonObject, NewEvent, Prompt, PromptMove, PromptState, TerminalFrame } from "@agent-sdk/core";
import type { AgentSdkError, Timer } from "@agent-sdk/core";
import { errorFrame, isAgentSdkError, isFailureKind, isJsonObject, ownEvent, parseTerminalFrame, resultFrame, sleep } from "@agent-sdk/core";
import type { AgentConnection } from "../agent/agent-connection.ts";
import { authenticationRequired } from "../agent/rpc-error.ts";
import { Periodic } from "../periodic.ts";
import type { Questions } from "../permissions/questions.ts";
import { setModel } from "../agent/settings.ts";
import { transcriptContent } from "../agent/transcript.ts";
import type { Write } from "../commit/session-writer.ts";
import type { Deferred } from "../signals.ts";
import { deferred, rejectOnAbort } from "../signals.ts";
import type { AgentHost, ReadyAgent } from "./agent-host.ts";
import type { DriverContext } from "./context.ts";
import type { Loss } from "./loss.ts";
import { lossDetails } from "./loss.ts";

/** A prompt is driven once more at most after its sandbox was lost. */
const maxAttempts = 2;
const afterCancelMs = 50;
/** The supervisor's record that the agent ended follows its answers to what was pending at once. */
const exitFollowsMs = 5000;
const watchAgentMs = 5000;
const silentFailure = "The agent gave the turn up after a failure of its model or of itself, and ended it as if it were done. What it says of it is among its messages.";

type Ending =
  | { readonly type: "answered" }
  | { readonly type: "cancelled" }
  /** `driveAgain`: the sandbox was lost under the prompt, which may be driven once more; not so where the agent could not even be started. */
  | { readonly type: "lost"; readonly loss: Loss; readonly driveAgain: boolean };

interface PromptEnd {
  readonly to: Extract<PromptState, "cancelled" | "done" | "failed">;
  readonly frame: string;
  readonly stopReason?: string;
  readonly error?: JsonObject;
}

const unwatched: Ending = {
  type: "lost",
  loss: { kind: "sandbox_process_died", message: "The sandbox was lost while no server was watching it.", sandbox: false },
  driveAgain: true,
};

/**
 * Drives one prompt from `queued` or, taken over, from `running` to its one terminal state:
 *
 *   begun (the row says `running`) → agent ready → handed over → answered | lost | cancelled → ended (row and terminal frame in one commit)
 */
export class Turn {
  readonly rpcId: string;
  readonly #context: DriverContext;
  readonly #agents: AgentHost;
  readonly #prompt: Prompt;
  readonly #questions: Questions;
  readonly #answered: Deferred<Ending> = deferred<Ending>();
  readonly #cancelled: Deferred<Ending> = deferred<Ending>();
  #attempt: number;
  #active: boolean;
  #answering = false;
  #cancelling = false;
  #stopped = false;
  /** A question of it was answered as cancelled, because it is to end. */
  #questionsCancelled = false;
  #handedTo: ReadyAgent | null = null;
  /** By the agent's own signs, where it does not say so in its answer. */
  #failing = false;
  #grace: Timer | null = null;

  constructor(context: DriverContext, agents: AgentHost, prompt: Prompt, questions: Questions) {
    this.#context = context;
    this.#agents = agents;
    this.#prompt = prompt;
    this.#questions = questions;
    this.rpcId = prompt.rpcId;
    this.#attempt = prompt.attempt;
    this.#cancelling = prompt.cancelRequestedAt !== null;
    // Until its beginning is committed it may still be withdrawn, and nothing may follow its end.
    this.#active = prompt.state === "running";
  }

  /** Whether what the agent says now belongs to this prompt. */
  get active(): boolean {
    return this.#active;
  }

  get cancelling(): boolean {
    return this.#cancelling;
  }

  /** Resolves when the prompt is in a terminal state. Rejects only when this ownership ends first. */
  async run(): Promise<void> {
    try {
      let ending = await this.#orAnswer(this.#begin());
      while (ending.type === "lost" && ending.driveAgain && !this.#cancelling && this.#prompt.onSandboxLoss === "retry" && this.#attempt < maxAttempts) {
        await this.#announceRetry(ending.loss);
        ending = await this.#orAnswer(this.#drive());
      }
      await this.#end(ending);
      // A cancellation that crossed the end of a turn hits the next prompt of Claude Code 0.100 when that follows at once.
      if (ending.type === "answered" && this.#cancelling) await sleep(this.#context.env, afterCancelMs, { signal: this.#context.signal });
    } finally {
      this.#grace?.cancel();
      this.#active = false;
    }
  }

  /** An agent that answered and died, or answered before this owner could look: the answer counts, though it is still being written. */
  async #orAnswer(driving: Promise<Ending>): Promise<Ending> {
    const ending = await driving;
    return this.#answering ? rejectOnAbort(this.#answered.promise, this.#context.signal) : ending;
  }

  async #begin(): Promise<Ending> {
    if (this.#prompt.state === "running") return this.#takeOver();
    const event = ownEvent("prompt_started", { rpc_id: this.rpcId, content: this.#prompt.content, attempt: 1 });
    this.#attempt = 1;
    const { sandbox } = this.#context;
    await this.#context.write({
      // An earlier agent's loss is none of this prompt's.
      ...(sandbox.lossUnsettled ? { sandbox: { ...sandbox, lossUnsettled: false } } : {}),
      promptMove: { rpcId: this.rpcId, from: "queued", to: "running" },
      events: [{ rpcId: this.rpcId, message: event }],
      activity: true,
    });
    this.#active = true;
    return this.#drive();
  }

  /**
   * The prompt was running under another owner. The row of a prompt that was handed over names a ready agent: if that lives, its journal goes on; if not,
   * the prompt is lost, for it may have done its work. Without such an agent it was never handed over, and is driven as if it had just begun.
   */
  async #takeOver(): Promise<Ending> {
    const { sandbox } = this.#context;
    if (!sandbox.agent?.ready) return sandbox.lossUnsettled ? unwatched : this.#drive();
    let ready: ReadyAgent | null;
    try {
      ready = await this.#agents.reattach();
    } catch (error) {
      const ending = this.#lossOf(error);
      // It may still be at the prompt, and nobody can ask it: with the prompt it has to end for certain.
      return ending.type === "lost" ? { ...ending, loss: { ...ending.loss, kind: "sandbox_unreachable", sandbox: true }, driveAgain: true } : ending;
    }
    if (!ready) return unwatched;
    try {
      return await this.#handOver(ready);
    } catch (error) {
      return this.#lossOf(error);
    }
  }

  async #drive(): Promise<Ending> {
    if (this.#cancelling) return { type: "cancelled" };
    try {
      const ready = await Promise.race([this.#agents.ensure(), this.#cancelled.promise]);
      if ("type" in ready) return ready;
      return await this.#handOver(ready);
    } catch (error) {
      return this.#lossOf(error);
    }
  }

  async #handOver(ready: ReadyAgent): Promise<Ending> {
    const { connection, innerSessionId } = ready;
    const prompt = await this.#promptContent();
    // From here on the prompt may be in the agent's transcript: a restore must look for it.
    if (!this.#context.conversationStarted) await this.#context.write({ conversationStarted: true });
    if (this.#prompt.model !== null) await setModel(connection, innerSessionId, this.#prompt.model, this.#context.env.catalogue.get(this.#context.agent.config.agentType).behaviour);
    await connection.prompt(this.rpcId, { sessionId: innerSessionId, prompt });
    // Not before: until the agent has it, the next owner has to tell it again.
    if (this.#context.sandbox.agent?.contextPending) await this.#agents.contextTold();
    // Not before: a cancellation must not overtake its prompt.
    this.#handedTo = ready;
    // What was answered while nobody watched.
    this.#questions.attend();
    if (this.#cancelling) this.#askToCancel();
    const lost = connection.lost.then((loss): Ending => ({ type: "lost", loss, driveAgain: true }));
    const watch = new Periodic(this.#context.env, "watch the agent", watchAgentMs, () => connection.checkWedged());
    try {
      return await rejectOnAbort(Promise.race([this.#answered.promise, lost]), this.#context.signal);
    } finally {
      this.#handedTo = null;
      await watch.stop();
    }
  }

  async #promptContent(): Promise<readonly JsonObject[]> {
    const { sandbox, env, sessionId } = this.#context;
    if (!sandbox.agent?.contextPending) return this.#prompt.content;
    const transcript = await transcriptContent(env, sessionId, this.rpcId);
    return transcript ? [transcript, ...this.#prompt.content] : this.#prompt.content;
  }

  /** The agent's answer to the prompt, in the journal's order. */
  onAnswer(answer: JsonObject, text: string, before: readonly NewEvent[], connection: AgentConnection, position: number): void {
    const frame = parseTerminalFrame(answer, this.rpcId);
    const journal = { runId: connection.runId, position };
    // The supervisor's word for an agent that died: the loss follows, and decides.
    if (!frame || !this.#active || isAgentExit(frame)) {
      if (before.length > 0) void this.#context.write({ events: before, journal }).catch((error: unknown) => this.#context.closing.abort(error));
      if (frame && this.#active) void this.#afterExit(frame, text, connection, position);
      return;
    }
    const end = this.#questionsCancelled ? asCancelled(frame, this.rpcId) : null;
    this.#finish(end ?? this.#endOf(frame, text), before, connection, position);
  }

  /** Undefined for an agent that was in the catalogue when it was started and is not any more. */
  get #definition(): AgentDefinition | undefined {
    return this.#context.env.catalogue.find(this.#context.agent.config.agentType);
  }

  /** What the agent says without an answer, live and in the journal's order. */
  onNotification(message: JsonObject): void {
    const update = message["method"] === "session/update" && isJsonObject(message["params"]) ? message["params"]["update"] : null;
    if (!this.#active || !isJsonObject(update)) return;
    const sign = this.#definition?.turnSign?.(update) ?? null;
    if (sign !== null) this.#failing = sign === "failed";
  }

  #endOf(frame: TerminalFrame, text: string): PromptEnd {
    if (frame.outcome === "result" && frame.stopReason === "end_turn" && this.#failing) return failed(this.rpcId, "agent_error", silentFailure, { kind: "agent_error", stop_reason: frame.stopReason });
    return endOf(frame, text, { rpcId: this.rpcId, loginErrorCodes: this.#definition?.behaviour.loginErrorCodes ?? [] });
  }

  /** An agent may say itself what only its supervisor can know. Then no loss follows, and it is an answer like any other. */
  async #afterExit(frame: TerminalFrame, text: string, connection: AgentConnection, position: number): Promise<void> {
    const { env, signal } = this.#context;
    await Promise.race([connection.lost, sleep(env, exitFollowsMs, { signal })]).catch(() => undefined);
    if (!connection.loss && this.#active && !signal.aborted) this.#finish(this.#endOf(frame, text), [], connection, position);
  }

  #finish(end: PromptEnd, before: readonly NewEvent[], connection: AgentConnection, position: number): void {
    const journal = { runId: connection.runId, position };
    this.#active = false;
    this.#answering = true;
    this.#context
      .write({ events: [...before, { rpcId: this.rpcId, message: end.frame }], journal, promptMove: this.#move(end), activity: true })
      .then(() => {
        connection.committed(position);
        this.#answered.resolve({ type: "answered" });
      })
      .catch((error: unknown) => this.#answered.reject(error));
  }

  /** Asks for the end. It comes within `cancelGraceMs`, if need be by ending the agent's process. Idempotent. */
  cancel(): void {
    if (this.#cancelling) return;
    this.#cancelling = true;
    this.#startGrace();
    if (this.#handedTo) this.#askToCancel();
    else this.#cancelled.resolve({ type: "cancelled" });
  }

  #askToCancel(): void {
    const handed = this.#handedTo;
    if (!handed) return;
    const { log } = this.#context;
    this.#startGrace();
    this.#cancelAgent(handed).catch((error: unknown) => {
      log.warn({ ...this.#context.fields(), error: String(error) }, "the cancellation did not reach the agent");
    });
  }

  /** Its open questions first: an agent may not honour a cancellation before they are answered. */
  async #cancelAgent({ connection, innerSessionId }: ReadyAgent): Promise<void> {
    this.#questionsCancelled ||= this.#questions.waiting;
    await this.#questions.cancelAll("prompt_cancelled");
    await connection.notify("session/cancel", { sessionId: innerSessionId }, `cancel:${this.rpcId}`);
  }

  /** What it asked while it was to end was answered as cancelled. */
  noteCancelledQuestion(): void {
    this.#questionsCancelled = true;
  }

  /** Whatever the prompt is at, being handed over included: it ends within this time. */
  #startGrace(): void {
    const { env, options, log } = this.#context;
    this.#grace ??= env.timers.set(options.cancelGraceMs, () => {
      log.warn({ ...this.#context.fields(), rpc_id: this.rpcId }, "the agent ignores a cancellation; its process is ended");
      this.#stopped = true;
      this.#answered.resolve({ type: "cancelled" });
    });
  }

  async #announceRetry(loss: Loss): Promise<void> {
    this.#attempt += 1;
    const params = { rpc_id: this.rpcId, reason: loss.message, kind: loss.kind, retry: true, attempt: this.#attempt, ...lossDetails(loss) };
    await this.#questions.abandonAll("agent_lost");
    await this.#agents.settleLoss({
      promptMove: { rpcId: this.rpcId, from: "running", to: "running" },
      events: [{ rpcId: this.rpcId, message: ownEvent("sandbox_changed", params) }],
    }, { whole: loss.sandbox });
  }

  async #end(ending: Ending): Promise<void> {
    if (ending.type === "answered") return;
    this.#active = false;
    const end = ending.type === "lost" && !this.#cancelling ? failure(this.rpcId, ending.loss) : cancellation(this.rpcId);
    const write: Write = { promptMove: this.#move(end), events: [{ rpcId: this.rpcId, message: end.frame }], activity: true };
    if (this.#stopped || (ending.type === "lost" && ending.driveAgain)) await this.#questions.abandonAll("agent_lost");
    if (ending.type === "lost" && ending.driveAgain) await this.#agents.settleLoss(write, { whole: ending.loss.sandbox });
    else if (this.#stopped) await this.#agents.stop(write);
    // Nothing was lost: it was cancelled before it was handed over, or refused. What is there, or is being prepared, goes on.
    else await this.#context.write(write);
  }

  #move(end: PromptEnd): PromptMove {
    return { rpcId: this.rpcId, from: "running", to: end.to, stopReason: end.stopReason, error: end.error };
  }

  #lossOf(error: unknown): Ending {
    this.#context.signal.throwIfAborted();
    if (!isAgentSdkError(error)) throw error;
    if (error.code === "superseded") throw error;
    const kind = error.details["kind"];
    const loss = this.#agents.connection?.loss;
    if (loss) return { type: "lost", loss, driveAgain: true };
    const otherwise: FailureKind = error.code === "bad_request" ? "agent_error" : "sandbox_internal_error";
    const failed: Loss = { kind: isFailureKind(kind) ? kind : otherwise, message: error.message, sandbox: false, ...stderrOf(error) };
    return { type: "lost", loss: failed, driveAgain: false };
  }
}

function stderrOf(error: AgentSdkError): { readonly stderr?: readonly string[] } {
  const { stderr } = error.details;
  return Array.isArray(stderr) && stderr.length > 0 ? { stderr: stderr.map(String) } : {};
}

function isAgentExit(frame: TerminalFrame): boolean {
  return frame.outcome === "error" && isJsonObject(frame.error.data) && frame.error.data["kind"] === "agent_exited";
}

function endOf(frame: TerminalFrame, text: string, { rpcId, loginErrorCodes }: { readonly rpcId: string; readonly loginErrorCodes: readonly number[] }): PromptEnd {
  if (frame.outcome === "result") {
    return { to: frame.stopReason === "cancelled" ? "cancelled" : "done", stopReason: frame.stopReason, frame: text };
  }
  const { code } = frame.error;
  const kind: FailureKind = code === authenticationRequired || loginErrorCodes.includes(code) ? "auth_required" : "agent_error";
  const data: JsonObject = isJsonObject(frame.error.data) ? frame.error.data : frame.error.data === undefined ? {} : { agent_data: frame.error.data };
  return failed(rpcId, kind, frame.error.message, { ...data, kind }, frame.error.code);
}

function failure(rpcId: string, loss: Loss): PromptEnd {
  return failed(rpcId, loss.kind, loss.message, lossDetails(loss));
}

function failed(rpcId: string, kind: FailureKind, message: string, data: JsonObject, code = -32603): PromptEnd {
  return { to: "failed", error: { code, message, kind }, frame: errorFrame(rpcId, kind, message, { code, data }) };
}

/** An agent whose question was cancelled may end its turn by itself before the prompt's cancellation reaches it: that is the same end. */
function asCancelled(frame: TerminalFrame, rpcId: string): PromptEnd | null {
  if (frame.outcome === "error" || frame.stopReason !== "end_turn") return null;
  return { to: "cancelled", stopReason: "cancelled", frame: resultFrame(rpcId, { ...frame.result, stopReason: "cancelled" }) };
}

function cancellation(rpcId: string): PromptEnd {
  return { to: "cancelled", stopReason: "cancelled", frame: resultFrame(rpcId, { stopReason: "cancelled" }) };
}
