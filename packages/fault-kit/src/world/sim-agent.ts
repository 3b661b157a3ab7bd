import { Buffer } from "node:buffer";
import type { JsonObject, JsonRpcId, JsonValue } from "@agent-sdk/core";
import { asText, isJsonObject } from "@agent-sdk/core";
import type { AgentProcess, AgentProcessEvents } from "@agent-sdk/supervisor/core";
import type { Choices } from "../kernel/choices.ts";
import type { Scheduled, Scheduler } from "../kernel/scheduler.ts";

/** A conversation as it lies on the volume. */
export interface Conversation {
  /** The first text of each prompt that began, in order. */
  readonly prompts: string[];
}

/** What the agents of one HOME keep on disk, by the conversation's id. */
export type AgentHome = Map<string, Conversation>;

/** What a run notes of its agents, to be compared with what was stored. */
export interface AgentWitness {
  /** A prompt began in an agent. */
  promptBegan(prompt: { readonly rpcId: string; readonly innerSessionId: string; readonly runName: string }): void;
  /** An agent said something that belongs into the stream. */
  said(update: { readonly runName: string; readonly mark: string; readonly rpcId: string }): void;
  /** An agent answered a prompt. */
  answered(answer: { readonly runName: string; readonly rpcId: string }): void;
}

export interface SimAgentOptions {
  /** Names this process; unique in a run of the simulation. */
  readonly name: string;
  readonly home: AgentHome;
  readonly scheduler: Scheduler;
  readonly choices: Choices;
  readonly witness: AgentWitness;
  readonly canResume: boolean;
  readonly onEnd: () => void;
}

interface RunningPrompt {
  readonly id: JsonRpcId;
  readonly innerSessionId: string;
  readonly ignoresCancel: boolean;
  timer: Scheduled;
}

const answerMs = 5;

/**
 * An agent that speaks ACP on its standard input and output: it streams some updates per prompt, asks for permission now and then, obeys a cancellation or
 * ignores it, keeps its conversations on the volume and dies when the run's choices say so.
 */
export class SimAgent implements AgentProcess {
  readonly pid = 1;
  readonly unreadInput = 0;
  readonly stderrTail: readonly string[] = [];
  readonly #options: SimAgentOptions;
  readonly #events: AgentProcessEvents;
  #isAlive = true;
  #paused = false;
  #held: string[] = [];
  #prompt: RunningPrompt | null = null;
  #marks = 0;
  #requests = 0;
  readonly #waiting = new Map<JsonRpcId, () => void>();

  constructor(options: SimAgentOptions, events: AgentProcessEvents) {
    this.#options = options;
    this.#events = events;
  }

  isStopped(): boolean {
    return false;
  }

  write(line: Buffer): void {
    const message: unknown = JSON.parse(line.toString("utf8"));
    if (isJsonObject(message)) this.#soon(answerMs, () => this.#take(message));
  }

  pauseOutput(): void {
    this.#paused = true;
  }

  resumeOutput(): void {
    this.#paused = false;
    const held = this.#held;
    this.#held = [];
    for (const line of held) this.#events.output(Buffer.from(line));
  }

  noteDescendants(): void {}

  noteLine(): void {}

  kill(): Promise<void> {
    this.die(null, "SIGKILL");
    return Promise.resolve();
  }

  /** Ends the process. Idempotent. */
  die(exitCode: number | null, signal: string | null): void {
    if (!this.#isAlive) return;
    this.#isAlive = false;
    this.#options.onEnd();
    this.#options.scheduler.after(1, () => {
      this.#events.exited(exitCode, signal);
      this.#events.closed();
    });
  }

  #soon(milliseconds: number, run: () => void): Scheduled {
    return this.#options.scheduler.after(milliseconds, () => {
      if (this.#isAlive) run();
    });
  }

  #say(message: JsonObject): void {
    const line = `${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`;
    if (this.#paused) this.#held.push(line);
    else this.#events.output(Buffer.from(line));
  }

  #take(message: JsonObject): void {
    const { id, method, params } = message;
    if (typeof method !== "string") return this.#onAnswer(id as JsonRpcId);
    const given = isJsonObject(params) ? params : {};
    if (method === "session/cancel") return this.#cancel();
    if (id === undefined) return;
    const reply = (result: JsonValue): void => this.#say({ id, result });
    const refuse = (code: number, text: string): void => this.#say({ id, error: { code, message: text } });
    if (method === "initialize") return reply({ protocolVersion: 1, agentCapabilities: { loadSession: true, sessionCapabilities: this.#options.canResume ? { resume: {} } : {} } });
    if (method === "session/new") return this.#begin(reply);
    if (method === "session/resume" || method === "session/load") return this.#restore(method, asText(given["sessionId"]), reply, refuse);
    if (method === "session/prompt") return this.#startPrompt(id as JsonRpcId, given);
    refuse(-32_601, `${method} is not known.`);
  }

  #begin(reply: (result: JsonValue) => void): void {
    const innerSessionId = `inner-${this.#options.name}`;
    this.#options.home.set(innerSessionId, { prompts: [] });
    reply({ sessionId: innerSessionId });
  }

  #restore(method: string, innerSessionId: string, reply: (result: JsonValue) => void, refuse: (code: number, text: string) => void): void {
    const conversation = this.#options.home.get(innerSessionId);
    if (!conversation || conversation.prompts.length === 0) return refuse(-32_002, "There is no such conversation.");
    if (method === "session/load") for (const prompt of conversation.prompts) this.#update(innerSessionId, { sessionUpdate: "user_message_chunk", content: { type: "text", text: prompt } });
    reply({});
  }

  #update(innerSessionId: string, update: JsonObject): void {
    this.#say({ method: "session/update", params: { sessionId: innerSessionId, update } });
  }

  #startPrompt(id: JsonRpcId, params: JsonObject): void {
    const innerSessionId = asText(params["sessionId"]);
    const conversation = this.#options.home.get(innerSessionId);
    if (!conversation) return this.#say({ id, error: { code: -32_002, message: "There is no such conversation." } });
    const { name, choices, witness } = this.#options;
    conversation.prompts.push(String(id));
    witness.promptBegan({ rpcId: String(id), innerSessionId, runName: name });
    const key = `agent/${name}/${String(id)}`;
    const ignoresCancel = choices.fault("agent_ignores_cancel", key, 0.1) !== null;
    const death = choices.fault("agent_dies", key, 0.05);
    const count = Math.floor(choices.number(`${key}/updates`) * 12);
    if (death !== null) this.#soon(death * 400, () => (choices.isOver ? undefined : this.die(1, null)));
    this.#prompt = { id, innerSessionId, ignoresCancel, timer: this.#soon(10, () => this.#step(key, 0, count)) };
  }

  /** One update after the other, with a question among them now and then, and the answer last. */
  #step(key: string, index: number, count: number): void {
    const prompt = this.#prompt;
    if (!prompt) return;
    const { choices, name, witness } = this.#options;
    if (index >= count) return this.#answer("end_turn");
    const mark = `${name}/${(this.#marks += 1)}`;
    witness.said({ runName: name, mark, rpcId: String(prompt.id) });
    this.#update(prompt.innerSessionId, { sessionUpdate: "agent_message_chunk", content: { type: "text", text: mark } });
    const goOn = (): void => {
      const gap = 2 + choices.number(`${key}/gap/${index}`) ** 4 * 400;
      prompt.timer = this.#soon(gap, () => this.#step(key, index + 1, count));
    };
    if (choices.number(`${key}/ask/${index}`) < 0.08) this.#ask(prompt, goOn);
    else goOn();
  }

  #ask(prompt: RunningPrompt, goOn: () => void): void {
    const id = `ask-${(this.#requests += 1)}`;
    this.#waiting.set(id, goOn);
    const options = [{ optionId: "yes", name: "Yes", kind: "allow_once" }, { optionId: "no", name: "No", kind: "reject_once" }];
    this.#say({ id, method: "session/request_permission", params: { sessionId: prompt.innerSessionId, toolCall: { toolCallId: id }, options } });
  }

  #onAnswer(id: JsonRpcId): void {
    const goOn = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (this.#prompt) goOn?.();
  }

  #cancel(): void {
    const prompt = this.#prompt;
    if (!prompt || prompt.ignoresCancel) return;
    prompt.timer.cancel();
    this.#answer("cancelled");
  }

  #answer(stopReason: string): void {
    const prompt = this.#prompt;
    if (!prompt) return;
    this.#prompt = null;
    this.#waiting.clear();
    this.#options.witness.answered({ runName: this.#options.name, rpcId: String(prompt.id) });
    this.#say({ id: prompt.id, result: { stopReason } });
  }
}
