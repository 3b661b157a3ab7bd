import { isJsonObject, parseTerminalFrame, type JsonObject } from "@agent-sdk/core";
import { ApiError } from "../errors.ts";
import { Backoff, type RetryOptions } from "../http/backoff.ts";
import { mayPass, type OpenAnswer } from "../http/transport.ts";
import { readFrames, type Frame } from "./read-frames.ts";

/** One event of a session's sequence. */
export interface StreamEvent {
  readonly seq: number;
  /** The prompt that it belongs to; null for events of the session. */
  readonly rpcId: string | null;
  /** The JSON-RPC message, parsed. */
  readonly message: JsonObject;
}

export interface FollowOptions {
  /** Opens the stream after a number; undefined before the first event came. */
  readonly open: (after: number | undefined) => Promise<OpenAnswer>;
  /** The number to start after. */
  readonly after?: number | undefined;
  /** Only this prompt's events come, and its terminal frame is the end. Otherwise every number comes. */
  readonly until?: string | undefined;
  /** False: the server ends the stream at what there is now, and that is the end. */
  readonly follow?: boolean | undefined;
  readonly retry: RetryOptions;
  readonly idleMs: number;
  readonly signal: AbortSignal | undefined;
}

function parseMessage(frame: Frame): JsonObject {
  let message: unknown;
  try {
    message = JSON.parse(frame.data);
  } catch (cause) {
    throw new ApiError("invalid_answer", "The stream held an event that is not JSON.", { status: 200, retryable: false, cause });
  }
  if (isJsonObject(message)) return message;
  throw new ApiError("invalid_answer", "The stream held an event that is no JSON object.", { status: 200, retryable: false });
}

/** Our own last word has no number. @throws ApiError: `unreachable` where coming back helps. */
function heedGoodbye(message: JsonObject): void {
  if (message["method"] !== "_agent_sdk/goodbye") return;
  const { params } = message;
  if (isJsonObject(params) && params["reason"] === "session_deleted") throw new ApiError("not_found", "The session was deleted.", { status: 404, retryable: false });
  throw ended("The server ended the stream before it was complete.");
}

/** A connection that lasted so long was none that ends at once: some proxies cut every one after some seconds, and nothing may have happened. In milliseconds. */
const steadyMs = 5000;

function ended(message: string): ApiError {
  return new ApiError("unreachable", message, { status: 200, retryable: true });
}

/** One session's events over many connections: what has come, and what is still to come. */
class Follower {
  readonly #options: FollowOptions;
  readonly #backoff: Backoff;
  #position: number | undefined;
  #isComplete = false;

  constructor(options: FollowOptions) {
    this.#options = options;
    this.#backoff = new Backoff(options.retry);
    this.#position = options.after;
  }

  async *events(): AsyncGenerator<StreamEvent, void, undefined> {
    while (!this.#isComplete) {
      try {
        yield* this.#connection();
      } catch (error) {
        if (!mayPass(error)) throw error;
        await this.#backoff.wait({ error, retryAfter: error.retryAfter, signal: this.#options.signal });
      }
    }
  }

  /** What one connection brings. @throws ApiError `unreachable` when it ends before everything came. */
  async *#connection(): AsyncGenerator<StreamEvent, void, undefined> {
    const { open, follow, idleMs, signal } = this.#options;
    signal?.throwIfAborted();
    const answer = await open(this.#position);
    const openedAt = performance.now();
    this.#backoff.connected();
    try {
      for await (const frames of readFrames(answer.response, { idleMs, signal })) {
        if (frames.length === 0) this.#backoff.succeeded();
        for (const frame of frames) {
          const event = this.#accept(frame);
          if (event !== null) yield event;
          if (this.#isComplete) return;
        }
      }
    } finally {
      answer.close();
      if (performance.now() - openedAt >= steadyMs) this.#backoff.succeeded();
    }
    this.#isComplete = follow === false;
    if (!this.#isComplete) throw ended("The stream ended before it was complete.");
  }

  /** @returns null for what came before, and for what is not in the sequence. */
  #accept(frame: Frame): StreamEvent | null {
    const { until } = this.#options;
    const message = parseMessage(frame);
    const { seq, rpcId } = frame;
    if (seq === null) {
      heedGoodbye(message);
      return null;
    }
    if (this.#position !== undefined && seq <= this.#position) return null;
    if (until === undefined && this.#position !== undefined && seq !== this.#position + 1) {
      throw new ApiError("invalid_answer", `The stream left out what follows event ${this.#position}.`, { status: 200, retryable: true });
    }
    this.#position = seq;
    this.#backoff.succeeded();
    this.#isComplete = until !== undefined && parseTerminalFrame(message, until) !== null;
    return { seq, rpcId, message };
  }
}

/**
 * A session's events, each once and in order, over as many connections as it takes.
 * @throws ApiError when the server refuses (`not_found`, `cursor_expired` …) or could not be reached for too long; the signal's reason when that aborts.
 */
export function follow(options: FollowOptions): AsyncGenerator<StreamEvent, void, undefined> {
  return new Follower(options).events();
}
