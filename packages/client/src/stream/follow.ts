import { isJsonObject, parseTerminalFrame, type JsonObject } from "@agent-sdk/core";
import { ApiError } from "../errors.ts";
import { Backoff, type RetryOptions } from "../http/backoff.ts";
import { mayPass } from "../http/transport.ts";
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
  readonly open: (after: number | undefined) => Promise<Response>;
  /** The number to start after. */
  readonly after?: number | undefined;
  /** Ends after this prompt's terminal frame. */
  readonly until?: string | undefined;
  /** False: the server ends the stream at what there is now, and that is the end. */
  readonly follow?: boolean | undefined;
  readonly retry: RetryOptions;
  readonly idleMs: number;
  readonly signal: AbortSignal | undefined;
}

function parseMessage(frame: Frame): JsonObject {
  const message: unknown = JSON.parse(frame.data);
  if (isJsonObject(message)) return message;
  throw new ApiError("invalid_answer", "The stream held an event that is no JSON object.", { status: 200, retryable: false });
}

/** Our own last word has no number. @throws ApiError when coming back is of no use. */
function assertComesBack(message: JsonObject): void {
  const params = message["params"];
  if (isJsonObject(params) && params["reason"] === "session_deleted") throw new ApiError("not_found", "The session was deleted.", { status: 404, retryable: false });
}

function ended(): ApiError {
  return new ApiError("unreachable", "The stream ended before it was complete.", { status: 200, retryable: true });
}

/**
 * A session's events, each once and in order, over as many connections as it takes.
 * @throws ApiError when the server refuses (`not_found`, `cursor_expired` …) or could not be reached for too long; the signal's reason when that aborts.
 */
export async function* follow(options: FollowOptions): AsyncGenerator<StreamEvent> {
  const backoff = new Backoff(options.retry);
  let position = options.after;
  for (;;) {
    options.signal?.throwIfAborted();
    let failure: ApiError = ended();
    try {
      const response = await options.open(position);
      for await (const frames of readFrames(response, options)) {
        for (const frame of frames) {
          const message = parseMessage(frame);
          if (frame.seq === null) {
            assertComesBack(message);
            continue;
          }
          if (position !== undefined && frame.seq <= position) continue;
          position = frame.seq;
          backoff.succeeded();
          yield { seq: frame.seq, rpcId: frame.rpcId, message };
          if (options.until !== undefined && parseTerminalFrame(message, options.until) !== null) return;
        }
      }
      if (options.follow === false) return;
    } catch (error) {
      if (!mayPass(error)) throw error;
      failure = error;
    }
    await backoff.wait(failure, { minimumMs: (failure.retryAfter ?? 0) * 1000, signal: options.signal });
  }
}
