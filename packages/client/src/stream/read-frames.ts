import { createParser, type EventSourceParser } from "eventsource-parser";
import { ApiError } from "../errors.ts";
import { unreachable } from "../http/attempt.ts";
import { readWithin } from "./read-within.ts";

/** One frame of an event stream, as it came. */
export interface Frame {
  /** The event's number; null for what is not in the sequence. */
  readonly seq: number | null;
  /** From `event: rpc:<id>`; null for events of the session. */
  readonly rpcId: string | null;
  readonly data: string;
}

/** Above what any server sends in one event, in characters: whatever is longer is no event stream. */
const maxFrameLength = 268_435_456;

function toFrame(message: { readonly id?: string | undefined; readonly event?: string | undefined; readonly data: string }): Frame {
  const seq = message.id !== undefined && /^\d+$/.test(message.id) ? Number(message.id) : null;
  const rpcId = message.event?.startsWith("rpc:") ? message.event.slice(4) : null;
  return { seq, rpcId, data: message.data };
}

/** Collects what the parser finds, until it is taken. */
class FrameCollector {
  #frames: Frame[] = [];
  #heard = false;
  #overflow = false;
  readonly #parser: EventSourceParser;

  constructor() {
    this.#parser = createParser({
      maxBufferSize: maxFrameLength,
      onEvent: (message) => this.#frames.push(toFrame(message)),
      onComment: () => (this.#heard = true),
      onError: ({ type }) => (this.#overflow ||= type === "max-buffer-size-exceeded"),
    });
  }

  /** @returns the frames that are complete, which may be none where the server only said that it is there; null for a part of a frame. */
  feed(text: string): readonly Frame[] | null {
    this.#parser.feed(text);
    if (this.#overflow) throw new ApiError("invalid_answer", "The stream held an event without end.", { status: 200, retryable: false });
    const found = this.#frames;
    if (found.length === 0 && !this.#heard) return null;
    this.#frames = [];
    this.#heard = false;
    return found;
  }
}

/**
 * The frames of an answer, in the batches that the network delivers; an empty one for a sign of life. Ends when the stream does; an incomplete frame at the end is
 * dropped.
 * @throws ApiError `unreachable` when it breaks or is silent for longer than `idleMs`; the signal's reason when that aborts.
 */
export async function* readFrames(response: Response, options: { readonly idleMs: number; readonly signal: AbortSignal | undefined }): AsyncGenerator<readonly Frame[]> {
  if (response.body === null) return;
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  const collector = new FrameCollector();
  try {
    for (;;) {
      const bytes = await readWithin(reader, options.idleMs);
      if (bytes === null) return;
      const frames = collector.feed(decoder.decode(bytes, { stream: true }));
      if (frames !== null) yield frames;
    }
  } catch (error) {
    options.signal?.throwIfAborted();
    throw error instanceof ApiError ? error : unreachable("The stream broke off.", error);
  } finally {
    // Closes the connection; what that itself fails with is of no interest any more.
    void reader.cancel().catch((error: unknown) => error);
  }
}
