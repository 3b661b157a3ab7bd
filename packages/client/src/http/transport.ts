import { ApiError } from "../errors.ts";
import { assertType, refusal } from "./answers.ts";
import { Attempt } from "./attempt.ts";
import { Backoff, type RetryOptions } from "./backoff.ts";
import { assertConfidential, environmentVariable, resolveBaseUrl } from "./base-url.ts";
import { ownConnections } from "./dispatchers.ts";

export interface TransportOptions {
  /** Default: `AGENT_API_URL`, then `http://localhost:7778`. */
  readonly apiUrl?: string | URL | undefined;
  /** The server's API key, or a session's token. Default: `AGENT_API_KEY`. Never sent over plain HTTP except to this machine. */
  readonly apiKey?: string | undefined;
  /** Another implementation of fetch. */
  readonly fetch?: typeof fetch | undefined;
  readonly retry?: RetryOptions | undefined;
  /** How long one attempt waits for an answer that needs no sandbox, in milliseconds. Default 30,000. */
  readonly callTimeoutMs?: number | undefined;
  /** The same for what may first have to bring a sandbox up. Default 600,000. */
  readonly sandboxTimeoutMs?: number | undefined;
  /** A stream that is silent for so long counts as broken, in milliseconds. Default 60,000; the server speaks every 20 s. */
  readonly streamIdleMs?: number | undefined;
}

/** What an upload can send. A stream needs a runtime whose fetch takes one. */
export type UploadContent = Blob | ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer> | string;

export interface Call {
  readonly query?: Readonly<Record<string, boolean | number | string | undefined>> | undefined;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as bytes. */
  readonly bytes?: UploadContent | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly signal?: AbortSignal | undefined;
  /** How long to wait for the answer, in milliseconds. Default: `callTimeoutMs`. */
  readonly timeoutMs?: number | undefined;
}

/** An answer whose body is still to come. `close` when it was read, or is not wanted any more. */
export interface OpenAnswer {
  readonly response: Response;
  close(): void;
}

/** True for failures of the way to the server and of a server that is not ready: not for those of the call itself. */
export function mayPass(error: unknown): error is ApiError {
  return error instanceof ApiError && error.retryable;
}

/** One server: where it is, how to authenticate, and what counts as an error. */
export class Transport {
  readonly #base: URL;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #fetch: typeof fetch;
  /** Streams and calls go over connections of their own: neither waits for, or ends with, the other. */
  readonly #connections: { readonly calls: unknown; readonly streams: unknown };
  readonly retry: RetryOptions;
  readonly callTimeoutMs: number;
  readonly sandboxTimeoutMs: number;
  readonly streamIdleMs: number;

  constructor(options: TransportOptions = {}) {
    this.#base = resolveBaseUrl(options.apiUrl);
    const apiKey = options.apiKey ?? environmentVariable("AGENT_API_KEY");
    if (apiKey !== undefined) assertConfidential(this.#base, "the API key");
    this.#headers = apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` };
    // A browser's fetch works only as a method of its window.
    this.#fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init));
    this.#connections = options.fetch ? { calls: undefined, streams: undefined } : { calls: ownConnections(), streams: ownConnections() };
    this.retry = options.retry ?? {};
    this.callTimeoutMs = options.callTimeoutMs ?? 30_000;
    this.sandboxTimeoutMs = options.sandboxTimeoutMs ?? 600_000;
    this.streamIdleMs = options.streamIdleMs ?? 60_000;
  }

  /** @throws ApiError `insecure_url` unless credentials may be sent to this server. */
  assertConfidential(what: string): void {
    assertConfidential(this.#base, what);
  }

  #url(path: string, query: Call["query"]): URL {
    const url = new URL(this.#base);
    url.pathname = `${url.pathname.replace(/\/$/, "")}${path}`;
    for (const [name, value] of Object.entries(query ?? {})) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    return url;
  }

  #init(method: string, call: Call, signal: AbortSignal, dispatcher: unknown): RequestInit {
    const isJson = call.json !== undefined;
    const headers = { ...this.#headers, ...(isJson ? { "content-type": "application/json" } : {}), ...call.headers };
    const body = isJson ? JSON.stringify(call.json) : call.bytes;
    const duplex = body instanceof ReadableStream ? ({ duplex: "half" } as const) : {};
    // A redirect could carry credentials elsewhere; this interface has none. What was answered once is no answer to the next call.
    const fixed = { redirect: "error", cache: "no-store" } as const;
    return { ...fixed, method, headers, signal, ...duplex, ...(body === undefined ? {} : { body }), ...(dispatcher === undefined ? {} : { dispatcher }) } as RequestInit;
  }

  async #answer(method: string, path: string, call: Call, attempt: Attempt, dispatcher: unknown): Promise<Response> {
    let response: Response;
    try {
      response = await this.#fetch(this.#url(path, call.query), this.#init(method, call, attempt.signal, dispatcher));
    } catch (cause) {
      throw attempt.failure(cause, `The server at ${this.#base.origin} could not be reached.`);
    }
    if (!response.ok) throw await refusal(response);
    return response;
  }

  /**
   * One attempt, whose answer is read by `read` within the same time.
   * @throws ApiError for every status that is no success, and `unreachable` when there is no answer; the signal's reason when that aborts.
   */
  async call<T>(method: string, path: string, call: Call, read: (response: Response) => Promise<T>): Promise<T> {
    const attempt = new Attempt(call.signal, call.timeoutMs ?? this.callTimeoutMs);
    try {
      const response = await this.#answer(method, path, call, attempt, this.#connections.calls);
      try {
        return await read(response);
      } catch (cause) {
        throw attempt.failure(cause, "The server's answer broke off.");
      }
    } finally {
      attempt.close();
    }
  }

  /** One attempt, whose answer is JSON. @throws as {@link call}; ApiError `invalid_answer` for what is no JSON. */
  json<T>(method: string, path: string, call: Call = {}): Promise<T> {
    return this.call(method, path, call, (response) => readJson<T>(response));
  }

  /** One attempt, whose answer goes on for as long as it likes. @throws as {@link call} */
  async open(method: string, path: string, call: Call, type: string): Promise<OpenAnswer> {
    const attempt = new Attempt(call.signal, call.timeoutMs ?? this.callTimeoutMs);
    try {
      const response = await this.#answer(method, path, call, attempt, this.#connections.streams);
      assertType(response, type);
      attempt.answered();
      return { response, close: () => attempt.close() };
    } catch (error) {
      attempt.close();
      throw error;
    }
  }

  /** Repeats a call that is safe to repeat, as long as it fails in a way that may pass. */
  async repeat<T>(attempt: (attemptNumber: number) => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    const backoff = new Backoff(this.retry);
    for (let number = 1; ; number += 1) {
      try {
        return await attempt(number);
      } catch (error) {
        if (!isWorthRepeating(error)) throw error;
        await backoff.wait({ error, retryAfter: error.retryAfter, signal });
      }
    }
  }
}

/** A write of unknown outcome, too: whatever is repeated here can be done twice without harm. */
function isWorthRepeating(error: unknown): error is ApiError {
  return mayPass(error) || (error instanceof ApiError && error.code === "unknown_outcome");
}

/** @throws ApiError `invalid_answer` for what is no JSON. */
export async function readJson<T>(response: Response): Promise<T> {
  const text = await response.text();
  try {
    return JSON.parse(text) as T;
  } catch (cause) {
    throw new ApiError("invalid_answer", "The server's answer is not JSON; is the address right?", { status: response.status, retryable: false, cause });
  }
}
