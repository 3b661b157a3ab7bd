import { ApiError } from "../errors.ts";
import { Backoff, type RetryOptions } from "./backoff.ts";
import { assertConfidential, environmentVariable, resolveBaseUrl } from "./base-url.ts";

export interface TransportOptions {
  /** Default: `AGENT_API_URL`, then `http://localhost:7778`. */
  readonly apiUrl?: string | URL | undefined;
  /** The server's API key. Default: `AGENT_API_KEY`. Never sent over plain HTTP except to this machine. */
  readonly apiKey?: string | undefined;
  /** Another implementation of fetch. */
  readonly fetch?: typeof fetch | undefined;
  readonly retry?: RetryOptions | undefined;
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
}

const retryableStatuses: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);

function retryAfter(response: Response): number | undefined {
  const seconds = Number(response.headers.get("retry-after") ?? "x");
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What a proxy answers in the server's place is not JSON: then the status alone speaks. */
async function readEnvelope(response: Response): Promise<Readonly<Record<string, unknown>>> {
  try {
    const body: unknown = await response.json();
    return isRecord(body) ? body : {};
  } catch {
    return {};
  }
}

async function refusal(response: Response): Promise<ApiError> {
  const { error, code, request_id: requestId, ...details } = await readEnvelope(response);
  const sentence = typeof error === "string" ? error : `The server answered with status ${response.status}.`;
  return new ApiError(typeof code === "string" ? code : "invalid_answer", sentence, {
    status: response.status,
    retryable: retryableStatuses.has(response.status),
    retryAfter: retryAfter(response),
    requestId: typeof requestId === "string" ? requestId : undefined,
    details,
  });
}

/** One server: where it is, how to authenticate, and what counts as an error. */
export class Transport {
  readonly #base: URL;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #fetch: typeof fetch;
  readonly retry: RetryOptions;
  readonly streamIdleMs: number;

  constructor(options: TransportOptions = {}) {
    this.#base = resolveBaseUrl(options.apiUrl);
    const apiKey = options.apiKey ?? environmentVariable("AGENT_API_KEY");
    if (apiKey !== undefined) assertConfidential(this.#base, "the API key");
    this.#headers = apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` };
    // A browser's fetch works only as a method of its window.
    this.#fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init));
    this.retry = options.retry ?? {};
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

  /**
   * One attempt. @returns the answer when its status says success.
   * @throws ApiError for every other status, and `unreachable` when there is no answer; the signal's reason when that aborts.
   */
  async request(method: string, path: string, call: Call = {}): Promise<Response> {
    call.signal?.throwIfAborted();
    const isJson = call.json !== undefined;
    const headers = { ...this.#headers, ...(isJson ? { "content-type": "application/json" } : {}), ...call.headers };
    const body = isJson ? JSON.stringify(call.json) : call.bytes;
    const duplex = body instanceof ReadableStream ? ({ duplex: "half" } as const) : {};
    // A redirect could carry credentials elsewhere; this interface has none.
    const init: RequestInit = { method, headers, redirect: "error", ...duplex, ...(body === undefined ? {} : { body }), ...(call.signal ? { signal: call.signal } : {}) };
    let response: Response;
    try {
      response = await this.#fetch(this.#url(path, call.query), init);
    } catch (cause) {
      call.signal?.throwIfAborted();
      throw new ApiError("unreachable", "The server could not be reached.", { status: 0, retryable: true, cause });
    }
    if (response.ok) return response;
    throw await refusal(response);
  }

  /** One attempt, whose answer is JSON. */
  async json<T>(method: string, path: string, call: Call = {}): Promise<T> {
    const response = await this.request(method, path, call);
    return readJson<T>(response, call.signal);
  }

  /** Repeats a call that is safe to repeat, as long as it fails in a way that may pass. */
  async repeat<T>(attempt: (attemptNumber: number) => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    const backoff = new Backoff(this.retry);
    for (let number = 1; ; number += 1) {
      try {
        return await attempt(number);
      } catch (error) {
        if (!mayPass(error)) throw error;
        await backoff.wait(error, { minimumMs: (error.retryAfter ?? 0) * 1000, signal });
      }
    }
  }
}

/** True for failures of the way to the server and of a server that is not ready: not for those of the call itself. */
export function mayPass(error: unknown): error is ApiError {
  return error instanceof ApiError && error.retryable;
}

async function readJson<T>(response: Response, signal: AbortSignal | undefined): Promise<T> {
  try {
    return (await response.json()) as T;
  } catch (cause) {
    signal?.throwIfAborted();
    throw new ApiError("invalid_answer", "The server's answer broke off or is not JSON.", { status: response.status, retryable: true, cause });
  }
}
