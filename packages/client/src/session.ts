import type { AnswerPermissionBody, ContentBlock, ExecAnswer, MessageBody, PermissionRow, PermissionsQuery, SessionRow, SessionStatusAnswer } from "@agent-sdk/core/api";
import { collectAnswer, type Answer } from "./answer.ts";
import type { ApiClient } from "./api-client.ts";
import type { CallOptions, EventStreamOptions } from "./call-options.ts";
import { isApiError } from "./errors.ts";
import type { AgentEvent } from "./events/agent-event.ts";
import { toAgentEvent } from "./events/from-message.ts";
import { Sandbox, type ExecOptions } from "./sandbox.ts";

/** Text, or ACP content blocks. */
export type Message = string | readonly ContentBlock[];

export interface PromptOptions extends CallOptions {
  /** Cancel what runs, and queue behind what already waits. */
  readonly interrupt?: boolean | undefined;
  /** For this prompt alone. */
  readonly model?: string | undefined;
  /** Chosen by the client when absent. A call with the id of a prompt that exists goes on with that one. */
  readonly rpcId?: string | undefined;
  /** What to do when the sandbox is lost on the way. Default `fail`. */
  readonly onSandboxLoss?: "fail" | "retry" | undefined;
}

function messageBody(message: Message, options: PromptOptions): MessageBody {
  const { interrupt, model, rpcId, onSandboxLoss } = options;
  return {
    message,
    ...(interrupt === undefined ? {} : { interrupt }),
    ...(model === undefined ? {} : { model }),
    ...(rpcId === undefined ? {} : { rpc_id: rpcId }),
    ...(onSandboxLoss === undefined ? {} : { on_sandbox_loss: onSandboxLoss }),
  };
}

/** One session of a server, by its id. */
export class Session {
  readonly id: string;
  /** Its commands and files. */
  readonly sandbox: Sandbox;
  readonly #api: ApiClient;
  /** Where {@link events} goes on. */
  #position: number | null = null;

  constructor(id: string, api: ApiClient) {
    this.id = id;
    this.#api = api;
    this.sandbox = new Sandbox(api, () => Promise.resolve(id));
  }

  /**
   * Sends a prompt and gives its events to the end: the last is `done` or `error`. Reconnects by itself. Leaving the loop or aborting does not cancel the
   * prompt; {@link cancel} does.
   */
  async *stream(message: Message, options: PromptOptions = {}): AsyncGenerator<AgentEvent, void, undefined> {
    for await (const event of this.#api.streamMessage(this.id, messageBody(message, options), options)) yield toAgentEvent(event);
  }

  /** Sends a prompt and waits for its end. Aborting stops the waiting, not the prompt. @throws PromptError when it failed. */
  run(message: Message, options: PromptOptions = {}): Promise<Answer> {
    return collectAnswer(this.stream(message, options));
  }

  /** Sends a prompt and resolves with its id once it is stored. {@link events} then tells of it, even if it is called later. */
  async send(message: Message, options: PromptOptions = {}): Promise<string> {
    await this.#mark(options);
    return (await this.#api.sendMessage(this.id, messageBody(message, options), options)).rpc_id;
  }

  async #mark(options: CallOptions): Promise<number> {
    this.#position ??= (await this.#api.getSession(this.id, { signal: options.signal })).last_seq;
    return this.#position;
  }

  /**
   * All events of the session, without end unless `rpcId` or `follow: false` is given. Without `after` it goes on after the last event that any such loop of this
   * object was given, or where the first {@link send} began, or else now; with `rpcId`, it begins where that prompt did. Reconnects by itself.
   * @throws ApiError `cursor_expired` when what follows `after` is not kept any more: `details.first_seq` is the oldest that is.
   */
  async *events(options: EventStreamOptions = {}): AsyncGenerator<AgentEvent, void, undefined> {
    if (options.after !== undefined) return yield* this.#eventsAfter(options.after, options);
    if (options.rpcId !== undefined) return yield* this.#eventsFromBeginning(options);
    for await (const event of this.#eventsAfter(await this.#mark(options), options)) {
      this.#position = Math.max(this.#position ?? 0, event.seq);
      yield event;
    }
    return undefined;
  }

  async *#eventsAfter(after: number, options: EventStreamOptions): AsyncGenerator<AgentEvent, void, undefined> {
    for await (const event of this.#api.streamEvents(this.id, { ...options, after })) yield toAgentEvent(event);
  }

  /** One prompt's events, which may be over: from now on, nothing would come of it. Where the session's first ones are not kept, from the oldest that is. */
  async *#eventsFromBeginning(options: EventStreamOptions): AsyncGenerator<AgentEvent, void, undefined> {
    let hasBegun = false;
    try {
      for await (const event of this.#eventsAfter(0, options)) {
        hasBegun = true;
        yield event;
      }
    } catch (error) {
      const first = isApiError(error, "cursor_expired") ? error.details["first_seq"] : undefined;
      if (hasBegun || typeof first !== "number") throw error;
      yield* this.#eventsAfter(first - 1, options);
    }
  }

  /** Asks for the running prompt's end; false where none runs. The prompt then ends with the stop reason `cancelled`. */
  async cancel(options: CallOptions = {}): Promise<boolean> {
    return (await this.#api.cancel(this.id, options)).detail === undefined;
  }

  /** What it is made of. */
  row(options: CallOptions = {}): Promise<SessionRow> {
    return this.#api.getSession(this.id, options);
  }

  /** What it is doing. */
  /** What the agent asked, oldest first: what is open, or everything. */
  permissions(options: CallOptions & PermissionsQuery = {}): Promise<readonly PermissionRow[]> {
    return this.#api.listPermissions(this.id, options);
  }

  /**
   * Answers a question of the agent, by the id that its event or row bears: `{ option_id }`, `{ outcome: "cancelled" }`, or for an elicitation `{ action, content }`.
   * @throws ApiError `conflict` when it is not open any more, `bad_request` with `details.offered`.
   */
  answerPermission(requestId: string, answer: AnswerPermissionBody, options: CallOptions = {}): Promise<PermissionRow> {
    return this.#api.answerPermission(this.id, requestId, answer, options);
  }

  status(options: CallOptions = {}): Promise<SessionStatusAnswer> {
    return this.#api.getSessionStatus(this.id, options);
  }

  /** Runs a shell command in the session's sandbox: see {@link Sandbox.exec}. */
  exec(command: string, options: ExecOptions = {}): Promise<ExecAnswer> {
    return this.sandbox.exec(command, options);
  }

  /** Ends the compute and keeps the session: the next message brings it back. A running prompt is cancelled. */
  async release(options: CallOptions = {}): Promise<void> {
    await this.#api.release(this.id, options);
  }

  /** Deletes the session with everything of it. */
  async delete(options: CallOptions = {}): Promise<void> {
    await this.#api.deleteSession(this.id, options);
  }
}
