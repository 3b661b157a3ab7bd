import { Agent as HttpAgent, type ClientRequest, type IncomingMessage, request as httpRequest, type RequestOptions } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { finished } from "node:stream";
import type { ErrorCode, RuntimeEnv, SupervisorEndpoint } from "@agent-sdk/core";
import { AgentSdkError, isJsonObject } from "@agent-sdk/core";
import { isErrorCode, maxMessageBytes, tokenHeader } from "../wire.ts";

const maxSockets = 64;

export interface CallOptions {
  readonly method: "DELETE" | "GET" | "POST" | "PUT";
  /** With its query, from the slash after the endpoint's URL on. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array | AsyncIterable<Uint8Array> | undefined;
  /** Milliseconds until the answer's head must be there. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** A long answer: it gets a connection of its own pool, so that it never holds up a short call. */
  readonly isStream?: boolean;
  /** Set where doing it twice would do harm: then a connection that broke is always an error. */
  readonly mustNotRepeat?: boolean;
}

function unavailable(message: string, cause?: unknown): AgentSdkError {
  return new AgentSdkError("unavailable", message, { cause });
}

const codeOfStatus: Readonly<Record<number, ErrorCode>> = { 400: "bad_request", 401: "unauthenticated", 403: "forbidden", 404: "not_found", 409: "conflict", 413: "too_large", 429: "rate_limited", 504: "timeout" };

/** What an answer that is not 2xx means. A body that is not the supervisor's comes from a proxy on the way. */
function errorOf(status: number, body: string): AgentSdkError {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    parsed = null;
  }
  if (isJsonObject(parsed) && typeof parsed["error"] === "string") {
    const code = isErrorCode(parsed["code"]) ? parsed["code"] : (codeOfStatus[status] ?? "unavailable");
    const details = isJsonObject(parsed["details"]) ? parsed["details"] : {};
    return new AgentSdkError(code, parsed["error"], { details });
  }
  return unavailable(`The supervisor's address answered with status ${status}.`);
}

/** The bytes of an answer. @throws AgentSdkError `unavailable` when it breaks off, `too_large` above `maxBytes`. */
export async function readAll(response: IncomingMessage, maxBytes: number = maxMessageBytes): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > maxBytes) throw new AgentSdkError("too_large", `The answer is longer than ${maxBytes} bytes.`);
      chunks.push(chunk);
    }
  } catch (error) {
    throw error instanceof AgentSdkError ? error : unavailable("The supervisor's answer broke off.", error);
  }
  return Buffer.concat(chunks);
}

/** Connections to one supervisor. Streams and short calls have pools of their own; both keep connections alive. */
export class HttpConnection {
  readonly #env: RuntimeEnv;
  readonly #endpoint: SupervisorEndpoint;
  readonly #calls: HttpAgent;
  readonly #streams: HttpAgent;
  readonly #base: URL;

  constructor(env: RuntimeEnv, endpoint: SupervisorEndpoint) {
    this.#env = env;
    this.#endpoint = endpoint;
    this.#base = new URL(endpoint.url);
    const Agent = this.#base.protocol === "https:" ? HttpsAgent : HttpAgent;
    this.#calls = new Agent({ keepAlive: true, maxSockets, scheduling: "lifo" });
    this.#streams = new Agent({ keepAlive: true });
  }

  /** Closes every connection; calls in flight fail with `unavailable`. */
  close(): void {
    this.#calls.destroy();
    this.#streams.destroy();
  }

  /**
   * Sends a request and resolves with the head of a good answer. A kept connection that turns out to be closed is replaced once.
   * @throws AgentSdkError as the supervisor's interface documents them, or the reason of `signal`.
   */
  async open(options: CallOptions): Promise<IncomingMessage> {
    options.signal?.throwIfAborted();
    const { request, response } = await this.#attempt(options, true);
    const status = response.statusCode ?? 0;
    if (status >= 200 && status < 300) return response;
    const body = await readAll(response);
    // Refused before everything was sent: the rest is of no use to anybody.
    if (!request.writableFinished) request.destroy();
    throw errorOf(status, body.toString("utf8"));
  }

  /** As {@link HttpConnection.open}, with the whole answer as JSON. */
  async json<Result>(options: CallOptions): Promise<Result> {
    const body = await readAll(await this.open(options));
    return JSON.parse(body.toString("utf8")) as Result;
  }

  async #attempt(options: CallOptions, mayRepeat: boolean): Promise<{ readonly request: ClientRequest; readonly response: IncomingMessage }> {
    const request = this.#request(options);
    try {
      return { request, response: await this.#head(request, options) };
    } catch (error) {
      const isStale = request.reusedSocket && ["ECONNRESET", "EPIPE"].includes((error as NodeJS.ErrnoException).code ?? "");
      const canRepeat = mayRepeat && isStale && !options.mustNotRepeat && (options.body === undefined || typeof options.body === "string");
      if (canRepeat) return this.#attempt(options, false);
      options.signal?.throwIfAborted();
      throw error instanceof AgentSdkError ? error : unavailable("The supervisor cannot be reached.", error);
    }
  }

  #request(options: CallOptions): ClientRequest {
    const { token, socketPath, headers } = this.#endpoint;
    const isSecure = this.#base.protocol === "https:";
    const prefix = this.#base.pathname === "/" ? "" : this.#base.pathname;
    const target: RequestOptions = {
      ...(socketPath === undefined ? { host: this.#base.hostname.replace(/^\[(.*)\]$/, "$1"), port: this.#base.port || (isSecure ? 443 : 80) } : { socketPath }),
      method: options.method,
      path: `${prefix}${options.path}`,
      headers: { ...headers, ...options.headers, [tokenHeader]: token },
      agent: options.isStream ? this.#streams : this.#calls,
    };
    return isSecure ? httpsRequest(target) : httpRequest(target);
  }

  #head(request: ClientRequest, options: CallOptions): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const timer = this.#env.timers.set(options.timeoutMs, () => request.destroy(unavailable(`The supervisor did not answer within ${options.timeoutMs} ms.`)));
      // Without the reason: on a kept connection that is just changing hands nobody listens for it, and #attempt throws it anyway.
      const onAbort = (): void => void request.destroy();
      options.signal?.addEventListener("abort", onAbort, { once: true });
      const release = (): void => options.signal?.removeEventListener("abort", onAbort);
      request.setNoDelay(true);
      request.once("response", (response) => {
        timer.cancel();
        // Until its end an answer is cut off by the caller's signal too.
        finished(response, { writable: false }, release);
        resolve(response);
      });
      request.on("error", (error) => {
        timer.cancel();
        release();
        reject(error);
      });
      this.#write(request, options.body);
    });
  }

  #write(request: ClientRequest, body: CallOptions["body"]): void {
    if (body === undefined || typeof body === "string" || body instanceof Uint8Array) return void request.end(body);
    void this.#pipe(request, body);
  }

  async #pipe(request: ClientRequest, body: AsyncIterable<Uint8Array>): Promise<void> {
    try {
      for await (const chunk of body) {
        if (request.destroyed) return;
        if (!request.write(chunk)) await drained(request);
      }
      request.end();
    } catch (error) {
      request.destroy(error as Error);
    }
  }
}

/** Resolves when more may be written, or when nothing ever will be. */
function drained(request: ClientRequest): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      request.off("drain", done);
      request.off("close", done);
      resolve();
    };
    request.once("drain", done);
    request.once("close", done);
  });
}
