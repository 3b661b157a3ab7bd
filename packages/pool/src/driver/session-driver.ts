import type { JsonObject, NewEvent, Prompt, Session } from "@agent-sdk/core";
import { AgentSdkError, describeError, errorFrame, isAgentSdkError, ownEvent } from "@agent-sdk/core";
import type { AgentConnection, AgentObserver } from "../agent/agent-connection.ts";
import type { AgentRequest, Handling } from "../permissions/session-permissions.ts";
import { SessionPermissions } from "../permissions/session-permissions.ts";
import type { Deferred } from "../signals.ts";
import { Wake, deferred, rejectOnAbort } from "../signals.ts";
import { AgentHost } from "./agent-host.ts";
import type { DriverContext } from "./context.ts";
import type { ConnectedSandbox } from "./sandbox-host.ts";
import { SandboxHost } from "./sandbox-host.ts";
import { Turn } from "./turn.ts";

/** What a step of the loop leads to: look at the rows again, wait for something to happen, or let go of the session. */
type Next = "again" | "gone" | "linger" | "release" | "wait";

/** How long a session without compute stays with its owner: whoever had it taken is about to ask for something. */
const lingerMs = 500;

/**
 * Drives one session for as long as this replica owns it. What is to be done is in rows (prompts, intents, the sandbox's phase); being poked only means to
 * look at them. See the README for the states and who moves them.
 */
export class SessionDriver {
  readonly context: DriverContext;
  readonly #host: SandboxHost;
  readonly #agents: AgentHost;
  readonly #permissions: SessionPermissions;
  readonly #wake = new Wake();
  readonly #onDeleted: () => void;
  #turn: Turn | null = null;
  /** How many turns have ended: what was read of the prompts before the latest end is old. */
  #turnsEnded = 0;
  #busy = 0;
  #leaving = false;
  #giveUp: boolean;
  #reapAfterMs: number | null = null;
  #failed = false;
  #done: Promise<void> | null = null;
  #stepped: Deferred<void> | null = null;

  /** `giveUp`: earlier drivers of the session failed again and again; its running prompt is ended instead of tried once more. */
  constructor(context: DriverContext, onDeleted: () => void, options: { readonly giveUp?: boolean } = {}) {
    this.context = context;
    this.#giveUp = options.giveUp ?? false;
    this.#onDeleted = onDeleted;
    this.#host = new SandboxHost(context);
    this.#permissions = new SessionPermissions(context, () => this.#agents.connection, () => this.poke());
    this.#agents = new AgentHost(context, this.#host, this.#observer(), () => this.poke());
    context.signal.addEventListener("abort", () => this.poke(), { once: true });
  }

  get activeRpcId(): string | null {
    return this.#turn?.rpcId ?? null;
  }

  /** Resolves when this ownership is over. Never rejects. */
  run(): Promise<void> {
    this.#done ??= this.#run();
    return this.#done;
  }

  /** Something changed: look at the rows. */
  poke(): void {
    this.#wake.raise();
  }

  /** Resolves when the driver has looked at the rows the next time, or is over. */
  changed(): Promise<void> {
    this.#stepped ??= deferred<void>();
    return this.#stepped.promise;
  }

  /** Ends this ownership without touching the sandbox: its work goes on, and its journal waits for the next owner. */
  async close(reason: AgentSdkError): Promise<void> {
    this.context.closing.abort(reason);
    await this.#done;
  }

  /** False once this ownership is ending: it takes nothing on any more. */
  get accepting(): boolean {
    return !this.#leaving && !this.context.signal.aborted;
  }

  /** Whether it ended by an error that the next ownership may meet again. */
  get failed(): boolean {
    return this.#failed;
  }

  /** Runs `work` on the session's sandbox, brought up where it is not. The sandbox is not hibernated meanwhile. Only while `accepting`. */
  async withSandbox<T>(work: (connected: ConnectedSandbox) => Promise<T>): Promise<T> {
    this.#busy += 1;
    this.context.touch();
    try {
      return await work(await rejectOnAbort(this.#agents.ensureSandbox(), this.context.signal));
    } finally {
      this.#busy -= 1;
      this.context.touch();
    }
  }

  /** Whether nothing has happened in it, and nothing does, for so long. */
  isIdleFor(milliseconds: number): boolean {
    return !this.#turn && this.#busy === 0 && this.idleMs() >= milliseconds;
  }

  /** Hibernate the sandbox if it is idle for so long when the rows have been looked at: a prompt that came meanwhile goes first. */
  reap(afterMs: number): void {
    this.#reapAfterMs = afterMs;
    this.poke();
  }

  /** How long nothing has happened in it, in milliseconds; 0 while something does. */
  idleMs(): number {
    return this.#turn || this.#busy > 0 ? 0 : this.context.env.clock.monotonic() - this.context.lastActivity;
  }

  async #run(): Promise<void> {
    const { signal } = this.context;
    try {
      await this.#permissions.questions.load();
      await this.#agents.recover();
      for (let next: Next = "again"; next !== "gone" && next !== "release" && !signal.aborted; ) {
        next = await this.#step();
        this.#noteStep();
        if (next === "wait") await this.#wake.wait(this.context.env);
        if (next === "linger") await this.#wake.wait(this.context.env, lingerMs);
      }
    } catch (error) {
      this.#end(error, "the session's driver failed");
    } finally {
      await this.#letGo();
    }
  }

  /** What went wrong is in the rows as far as it was written: whoever takes the session up next goes on from there. */
  #end(error: unknown, what: string): void {
    const { log, signal, closing } = this.context;
    if (signal.aborted) return;
    this.#failed = !isAgentSdkError(error, "superseded");
    if (this.#failed) log.error({ ...this.context.fields(), error: describeError(error), stack: error instanceof Error ? error.stack : undefined }, `${what}; the session is let go and taken up anew`);
    closing.abort(error);
  }

  #noteStep(): void {
    this.#stepped?.resolve();
    this.#stepped = null;
  }

  async #step(): Promise<Next> {
    const { env, sessionId, generation } = this.context;
    const turnsEnded = this.#turnsEnded;
    const session = await env.store.sessions.get(sessionId);
    if (!session || session.head.generation !== generation) return "gone";
    this.context.settings = session.settings;
    if (session.intents.delete) return this.#delete();
    this.#permissions.questions.attend();
    const prompts = await env.store.prompts.list(sessionId, { states: ["queued", "running"], limit: 2 });
    // Read while a turn was ending, a prompt may still look as if it ran: it would be driven a second time.
    if (turnsEnded !== this.#turnsEnded) return "again";
    const running = prompts.find((prompt) => prompt.state === "running");
    if (this.#turn) return this.#whileTurning(session, prompts);
    return (await this.#whileResting(session, running ?? prompts[0])) ?? this.#atRest(session);
  }

  /** A prompt is being driven: all that can be done for the session is to end it early. */
  async #whileTurning(session: Session, prompts: readonly Prompt[]): Promise<Next> {
    const cancel = prompts.some((prompt) => prompt.rpcId === this.#turn?.rpcId && prompt.cancelRequestedAt !== null);
    if (cancel || session.intents.release) this.#turn?.cancel();
    if (!session.intents.wake || !this.context.sandbox.agent?.ready) return "wait";
    // Whoever wanted a sandbox that is up has it.
    await this.context.write({ clearIntents: ["wake"] });
    return "again";
  }

  async #whileResting(session: Session, prompt: Prompt | undefined): Promise<Next | null> {
    if (prompt?.state === "running") return this.#giveUp ? this.#abandonPrompt(prompt) : this.#startTurn(prompt);
    if (session.intents.release) return this.#release();
    if (prompt) return this.#startTurn(prompt);
    if (this.#agents.connection?.loss) {
      await this.#settleIdleLoss();
      return "again";
    }
    // Asked outside of a prompt, and another owner was to hand over the answer.
    if (this.#permissions.questions.waiting && !this.#agents.connection && (await this.#agents.reattach())) return "again";
    if (session.intents.wake) return this.#bringUp();
    return this.#reapAfterMs !== null && this.context.sandbox.phase === "running" && this.isIdleFor(this.#reapAfterMs) ? this.#release() : null;
  }

  /** Nothing to do: watch the sandbox, or let go of a session that has none. */
  #atRest(session: Session): Next {
    if (this.context.sandbox.phase !== "none" || session.intents.wake || this.#busy > 0) return "wait";
    if (this.idleMs() < lingerMs) return "linger";
    this.#leaving = true;
    return "release";
  }

  #startTurn(prompt: Prompt): Next {
    const turn = new Turn(this.context, this.#agents, prompt, this.#permissions.questions);
    this.#turn = turn;
    this.#permissions.beginPrompt(prompt.rpcId, { fresh: prompt.state === "queued" });
    this.context.touch();
    turn
      .run()
      .catch((error: unknown) => this.#end(error, "a prompt could not be driven on"))
      .finally(() => {
        this.#turn = null;
        this.#turnsEnded += 1;
        this.context.touch();
        this.poke();
      })
      .catch(() => undefined);
    return "again";
  }

  /** The prompt's end and the agent's are one commit; the sandbox follows. What made the drivers fail is in the log. */
  async #abandonPrompt(prompt: Prompt): Promise<Next> {
    const message = "The prompt could not be driven to its end: this server failed at it again and again.";
    this.#giveUp = false;
    await this.#permissions.questions.abandonAll("agent_lost");
    await this.#agents.settleLoss({
      promptMove: { rpcId: prompt.rpcId, from: "running", to: "failed", error: { code: -32603, message, kind: "unknown" } },
      events: [{ rpcId: prompt.rpcId, message: errorFrame(prompt.rpcId, "unknown", message) }],
    });
    await this.#agents.renew();
    return "again";
  }

  async #settleIdleLoss(): Promise<void> {
    const loss = this.#agents.connection?.loss;
    await this.#permissions.questions.abandonAll("agent_lost");
    await this.#agents.settleLoss();
    if (loss) await this.context.announce("sandbox_changed", { status: "lost", reason: loss.message, kind: loss.kind }, null);
  }

  async #bringUp(): Promise<Next> {
    let failure: NewEvent[] = [];
    this.context.touch();
    try {
      await this.#agents.ensure();
    } catch (error) {
      this.context.signal.throwIfAborted();
      if (!isAgentSdkError(error) || error.code === "superseded") throw error;
      this.context.log.warn({ ...this.context.fields(), error: describeError(error), ...(error.cause === undefined ? {} : { cause: describeError(error.cause) }) }, "the sandbox could not be brought up");
      // Whoever waits for it reads this, on whichever replica.
      failure = [{ rpcId: null, message: ownEvent("sandbox_changed", { status: "failed", reason: error.message, code: error.code, details: error.details as JsonObject }) }];
    }
    await this.context.write({ events: failure, clearIntents: ["wake"], activity: true });
    return "again";
  }

  async #release(): Promise<Next> {
    const had = this.context.sandbox.phase !== "none";
    this.#reapAfterMs = null;
    await this.#permissions.questions.abandonAll("sandbox_released");
    await this.#agents.hibernate();
    const event = { rpcId: null, message: ownEvent("sandbox_changed", { status: "hibernated" }) };
    await this.context.write({ events: had ? [event] : [], clearIntents: ["release", "wake"] });
    return "again";
  }

  async #delete(): Promise<Next> {
    const { env, sessionId, generation } = this.context;
    await this.#agents.discard();
    await env.store.sessions.remove(sessionId, generation);
    this.#onDeleted();
    return "gone";
  }

  async #letGo(): Promise<void> {
    this.context.closing.abort(new AgentSdkError("aborted", "This server no longer drives the session."));
    this.#noteStep();
    await this.#agents.detach();
    await this.#permissions.questions.close();
    await this.#host.disconnect();
    this.context.writer.close(new AgentSdkError("superseded", "This server no longer drives the session."));
  }

  #observer(): AgentObserver {
    return {
      activeRpcId: () => (this.#turn?.active ? this.#turn.rpcId : null),
      onPromptAnswer: (answer, text, before, position) => this.#onPromptAnswer(answer, text, before, position),
      onRequest: (request) => this.#onRequest(request),
      onQuestionStored: (id) => this.#permissions.questions.stored(id),
      onNotification: (message) => {
        this.#permissions.onNotification(message);
        this.#turn?.onNotification(message);
      },
    };
  }

  #onRequest(request: AgentRequest): Promise<Handling> {
    const turn = this.#turn;
    if (turn?.cancelling) turn.noteCancelledQuestion();
    return this.#permissions.handle(request, { rpcId: turn?.active ? turn.rpcId : null, cancelling: turn?.cancelling ?? false });
  }

  #onPromptAnswer(answer: JsonObject, text: string, before: readonly NewEvent[], position: number): void {
    const connection: AgentConnection | null = this.#agents.connection;
    if (!connection) return;
    if (this.#turn) return this.#turn.onAnswer(answer, text, before, connection, position);
    if (before.length > 0) this.context.write({ events: before, journal: { runId: connection.runId, position } }).catch((error: unknown) => this.context.closing.abort(error));
  }
}
