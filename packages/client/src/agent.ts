import type { CreateSessionFields } from "@agent-sdk/core/api";
import type { Answer } from "./answer.ts";
import { ApiClient } from "./api-client.ts";
import type { CallOptions, EventStreamOptions } from "./call-options.ts";
import { isApiError } from "./errors.ts";
import type { AgentEvent } from "./events/agent-event.ts";
import type { TransportOptions } from "./http/transport.ts";
import { Sandbox } from "./sandbox.ts";
import { Session, type Message, type PromptOptions } from "./session.ts";
import { waitFor } from "./shared-promise.ts";

/**
 * The fields of `POST /sessions` under their own names (`agent_type`, `provider`, `model`, `env`, `secrets` …), where the server is, and `sessionId` to go on with a
 * session that exists; the fields of a new one are then not looked at by the server and so refused here by type.
 */
export type AgentOptions =
  | (Omit<CreateSessionFields, "name"> & TransportOptions & { readonly sessionId?: undefined })
  | (TransportOptions & { readonly sessionId: string });

function splitOptions(options: AgentOptions): { readonly transport: TransportOptions; readonly fields: CreateSessionFields; readonly sessionId: string | undefined } {
  const { apiUrl, apiKey, fetch, retry, callTimeoutMs, sandboxTimeoutMs, streamIdleMs, sessionId, ...fields } = options;
  return { transport: { apiUrl, apiKey, fetch, retry, callTimeoutMs, sandboxTimeoutMs, streamIdleMs }, fields, sessionId };
}

/**
 * An agent with a session of its own, for code that is its user. The session is made at the first use. Disposing it (`await using`) deletes nothing:
 * it releases the sandbox, unless a prompt runs or waits, and the session can be gone on with by its id from anywhere.
 */
export class Agent implements AsyncDisposable {
  readonly name: string;
  /** The client that it works with, for everything that it has no method for. */
  readonly api: ApiClient;
  /** Its session's commands and files. */
  readonly sandbox: Sandbox;
  readonly #fields: CreateSessionFields;
  readonly #givenId: string | undefined;
  #session: Promise<Session> | undefined;

  /** @throws ApiError `insecure_url`, `invalid_url`, as {@link ApiClient}. */
  constructor(name: string, options: AgentOptions = {}) {
    const { transport, fields, sessionId } = splitOptions(options);
    this.name = name;
    this.api = new ApiClient(transport);
    this.sandbox = new Sandbox(this.api, (call) => this.sessionId(call));
    this.#fields = { ...fields, name };
    this.#givenId = sessionId;
  }

  /**
   * The session, made if there is none yet: without waiting for its sandbox, which the first message brings up. Aborting stops the waiting, not the making, for which
   * others may wait.
   */
  session(options: CallOptions = {}): Promise<Session> {
    this.#session ??= this.#open().catch((error: unknown) => {
      this.#session = undefined;
      throw error;
    });
    return waitFor(this.#session, options.signal);
  }

  async #open(): Promise<Session> {
    if (this.#givenId !== undefined) return new Session(this.#givenId, this.api);
    const { session_id: id } = await this.api.createSession({ provision: false, ...this.#fields });
    return new Session(id, this.api);
  }

  /** The id to go on with from another process: `new Agent(name, { sessionId })`. */
  async sessionId(options: CallOptions = {}): Promise<string> {
    return (await this.session(options)).id;
  }

  /** Sends a prompt and waits for its end. Aborting stops the waiting, not the prompt. @throws PromptError when it failed. */
  async run(message: Message, options: PromptOptions = {}): Promise<Answer> {
    return (await this.session(options)).run(message, options);
  }

  /** Sends a prompt and gives its events to the end. See {@link Session.stream}. */
  async *stream(message: Message, options: PromptOptions = {}): AsyncGenerator<AgentEvent, void, undefined> {
    yield* (await this.session(options)).stream(message, options);
  }

  /** Sends a prompt and resolves with its id once it is stored. Pair it with {@link events}. */
  async send(message: Message, options: PromptOptions = {}): Promise<string> {
    return (await this.session(options)).send(message, options);
  }

  /** All events of the session. See {@link Session.events}. */
  async *events(options: EventStreamOptions = {}): AsyncGenerator<AgentEvent, void, undefined> {
    yield* (await this.session(options)).events(options);
  }

  /** Asks for the running prompt's end; false where none runs. */
  async cancel(options: CallOptions = {}): Promise<boolean> {
    return (await this.session(options)).cancel(options);
  }

  /** Releases the sandbox, unless a prompt runs or waits. What the server does by itself after a while is not waited for: a server that cannot be reached is no error. */
  async [Symbol.asyncDispose](): Promise<void> {
    // Nothing was done with it, so there is nothing to clean up.
    if (this.#session === undefined) return;
    try {
      const session = await this.#session;
      const { agent_busy: busy, pending_count: waiting } = await session.status();
      if (!busy && waiting === 0) await session.release();
    } catch (error) {
      // Deleted meanwhile: then nothing is left to be released.
      if (!isApiError(error) || (error.status !== 404 && !error.retryable)) throw error;
    }
  }
}
