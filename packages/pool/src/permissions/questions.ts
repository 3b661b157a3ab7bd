import type { DecidedBy, JsonRpcId, NewQuestion, Question, Timer, Verdict } from "@agent-sdk/core";
import { AgentSdkError, describeError, isAgentSdkError, maxOpenQuestions } from "@agent-sdk/core";
import type { AgentConnection } from "../agent/agent-connection.ts";
import type { DriverContext } from "../driver/context.ts";
import type { Deferred } from "../signals.ts";
import { deferred, rejectOnAbort } from "../signals.ts";
import { untilKnown } from "../store-retry.ts";
import { resolvedEvent } from "./events.ts";
import { cancelledReply, policyReply } from "./replies.ts";

/** What this owner has to know of a question that is not settled. */
interface Entry {
  readonly question: Pick<Question, "id" | "kind" | "params" | "position" | "requestId" | "runId">;
  /** When it expires, on the monotonic clock; null once it is decided. */
  deadline: number | null;
  readonly stored: Deferred<void>;
}

/**
 * The questions of one session that are not settled, as its owner deals with them: `open → answered → delivered`, or `lost`. Rows decide; what is kept here
 * only says which to look at. Everything is done in the order in which it was asked for, one after the other.
 */
export class Questions {
  readonly #context: DriverContext;
  readonly #connection: () => AgentConnection | null;
  readonly #poke: () => void;
  readonly #entries = new Map<string, Entry>();
  #last: Promise<unknown> = Promise.resolve();
  #timer: Timer | null = null;

  constructor(context: DriverContext, connection: () => AgentConnection | null, poke: () => void) {
    this.#context = context;
    this.#connection = connection;
    this.#poke = poke;
  }

  /** Whether any is not settled. */
  get waiting(): boolean {
    return this.#entries.size > 0;
  }

  /** Whether one more may be open. */
  get hasRoom(): boolean {
    return this.#entries.size < maxOpenQuestions;
  }

  /**
   * Takes up what an earlier owner left. Their time begins anew: how much of it is over by the database's clock is not for this process's clock to say, and a
   * question may be decided too late but never too early.
   */
  async load(): Promise<void> {
    const { env, sessionId } = this.#context;
    for (const question of await env.store.questions.list(sessionId, { states: ["open", "answered"] })) {
      const { createdAt, expiresAt, verdict } = question;
      const wholeMs = expiresAt === null || verdict !== null ? null : expiresAt.getTime() - createdAt.getTime();
      this.#keep(question, wholeMs).stored.resolve();
    }
    this.#setTimer();
  }

  /** A question that is on its way to the store. */
  add(question: NewQuestion): void {
    this.#keep(question, question.timeoutMs);
  }

  /** It is in the store. */
  stored(questionId: string): void {
    this.#entries.get(questionId)?.stored.resolve();
    this.#setTimer();
  }

  #keep(question: Entry["question"], leftMs: number | null): Entry {
    const entry = { question, deadline: leftMs === null ? null : this.#context.env.clock.monotonic() + leftMs, stored: deferred<void>() };
    this.#entries.set(question.id, entry);
    return entry;
  }

  /** Looks at the rows: hands over what was answered, and decides what nobody answered in time. Failures end the ownership. */
  attend(): void {
    if (this.#entries.size === 0) return;
    this.#serially(() => this.#attend()).catch((error: unknown) => {
      if (!this.#context.signal.aborted) this.#context.closing.abort(error);
    });
  }

  /** Decides every open question as cancelled, and hands it over. Resolves when the agent was given all of it. */
  cancelAll(decidedBy: DecidedBy): Promise<void> {
    return this.#serially(async () => {
      for (const entry of this.#entries.values()) await this.#decideAndDeliver(entry, this.#cancelled(entry, decidedBy));
    });
  }

  /** Nobody is there any more who waits for an answer. Resolves when the rows say so. */
  abandonAll(decidedBy: "agent_lost" | "sandbox_released"): Promise<void> {
    return this.#serially(async () => {
      for (const entry of this.#entries.values()) await this.#lose(entry, decidedBy);
    });
  }

  /** The agent took one back, by its own id of the request. */
  withdraw(requestId: JsonRpcId): void {
    this.#closeWhere((entry) => entry.question.requestId === requestId, (entry) => this.#cancelled(entry, "withdrawn"));
  }

  /** What was to be done at an address is done. */
  complete(elicitationId: string): void {
    const isIt = ({ question }: Entry): boolean => question.kind === "elicitation" && question.params["elicitationId"] === elicitationId;
    this.#closeWhere(isIt, () => ({ reply: { action: "accept" }, decidedBy: "completed", caller: null }));
  }

  /** Resolves when nothing of it runs any more. For when the ownership has ended. */
  async close(): Promise<void> {
    this.#timer?.cancel();
    await this.#last;
  }

  #closeWhere(matches: (entry: Entry) => boolean, verdictOf: (entry: Entry) => Verdict): void {
    const found = [...this.#entries.values()].filter(matches);
    if (found.length === 0) return;
    this.#serially(async () => {
      for (const entry of found) await this.#decideAndDeliver(entry, verdictOf(entry));
    }).catch((error: unknown) => {
      if (!this.#context.signal.aborted) this.#context.closing.abort(error);
    });
  }

  #serially(work: () => Promise<void>): Promise<void> {
    const next = this.#last.then(async () => {
      this.#context.signal.throwIfAborted();
      await work();
    });
    this.#last = next.catch(() => undefined);
    return next;
  }

  #cancelled({ question }: Entry, decidedBy: DecidedBy): Verdict {
    return { reply: cancelledReply(question.kind), decidedBy, caller: null };
  }

  async #attend(): Promise<void> {
    const { env, sandbox, sessionId } = this.#context;
    const rows = await this.#untilKnown(() => env.store.questions.list(sessionId, { states: ["open", "answered"] }));
    for (const question of rows) {
      const entry = this.#entries.get(question.id);
      if (!entry) continue;
      if (question.runId !== sandbox.agent?.runId) await this.#lose(entry, "agent_lost");
      else if (question.verdict) await this.#deliver(entry, question.verdict);
      else if (entry.deadline !== null && env.clock.monotonic() >= entry.deadline) await this.#decideAndDeliver(entry, timedOut(entry));
    }
    this.#setTimer();
  }

  async #decideAndDeliver(entry: Entry, verdict: Verdict): Promise<void> {
    const decided = await this.#decide(entry, verdict, "answered");
    if (decided.state === "answered" && decided.verdict) await this.#deliver(entry, decided.verdict);
    else this.#entries.delete(entry.question.id);
  }

  async #lose(entry: Entry, decidedBy: "agent_lost" | "sandbox_released"): Promise<void> {
    const decided = await this.#decide(entry, this.#cancelled(entry, decidedBy), "lost");
    if (decided.state === "answered") await this.#settle(entry, "lost");
    this.#entries.delete(entry.question.id);
  }

  /** How the question stands then: somebody may have been faster. Tried until the store has answered. */
  async #decide(entry: Entry, verdict: Verdict, to: "answered" | "lost"): Promise<Question> {
    const { env, generation, sessionId, signal } = this.#context;
    const { question } = entry;
    await rejectOnAbort(entry.stored.promise, signal);
    const event = resolvedEvent(question, verdict, { at: env.clock.now() });
    const result = await this.#untilKnown(() => env.store.questions.decide({ sessionId, questionId: question.id, verdict, to, event, generation }));
    if (result.outcome === "superseded") throw new AgentSdkError("superseded", "Another server owns this session now.");
    if (result.outcome === "decided") this.#context.appended(result.seq);
    entry.deadline = null;
    return result.question;
  }

  /** At most once in the agent's process, by the command's id. An agent that is lost on the way is seen to by whoever notices. */
  async #deliver(entry: Entry, { reply }: Verdict): Promise<void> {
    const connection = this.#connection();
    const { position, requestId, runId } = entry.question;
    if (!connection || connection.runId !== runId) return;
    try {
      await connection.respond(requestId, { result: reply }, `answer:${position}`);
    } catch (error) {
      if (isAgentSdkError(error, "superseded") || this.#context.signal.aborted) throw error;
      this.#context.log.warn({ ...this.#context.fields(), error: describeError(error) }, "an answer did not reach the agent");
      return;
    }
    await this.#settle(entry, "delivered");
    this.#entries.delete(entry.question.id);
  }

  async #settle({ question }: Entry, to: "delivered" | "lost"): Promise<void> {
    const { env, generation, sessionId } = this.#context;
    await this.#untilKnown(() => env.store.questions.settle(sessionId, question.id, to, generation));
  }

  /** Repeating is harmless: each is done once, by the row's state. */
  #untilKnown<T>(call: () => Promise<T>): Promise<T> {
    return untilKnown(this.#context.env, this.#context.signal, call);
  }

  #setTimer(): void {
    const { env, signal } = this.#context;
    this.#timer?.cancel();
    const deadlines = [...this.#entries.values()].flatMap((entry) => entry.deadline ?? []);
    if (deadlines.length === 0 || signal.aborted) return;
    this.#timer = env.timers.set(Math.max(0, Math.min(...deadlines) - env.clock.monotonic()), () => this.#poke());
  }
}

/** Nobody allowed it. */
function timedOut({ question }: Entry): Verdict {
  const reply = question.kind === "permission" ? policyReply(question.kind, question.params, "deny") : cancelledReply(question.kind);
  return { reply, decidedBy: "timeout", caller: null };
}
