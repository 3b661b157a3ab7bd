import { createParser } from "eventsource-parser";
import { ApiError } from "../errors.ts";

/** One frame of an event stream, as it came. */
export interface Frame {
  /** The event's number; null for what is not in the sequence. */
  readonly seq: number | null;
  /** From `event: rpc:<id>`; null for events of the session. */
  readonly rpcId: string | null;
  readonly data: string;
}

function toFrame(message: { readonly id?: string | undefined; readonly event?: string | undefined; readonly data: string }): Frame {
  const seq = message.id !== undefined && /^\d+$/.test(message.id) ? Number(message.id) : null;
  const rpcId = message.event?.startsWith("rpc:") ? message.event.slice(4) : null;
  return { seq, rpcId, data: message.data };
}

function broken(cause: unknown): ApiError {
  return new ApiError("unreachable", "The stream broke off.", { status: 0, retryable: true, cause });
}

interface Reader {
  read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>;
  cancel(reason?: unknown): Promise<void>;
}

/** Reads with a deadline: a connection whose other end is gone says nothing, for ever. */
async function readWithin(reader: Reader, milliseconds: number): Promise<Uint8Array | null> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(broken(new Error(`nothing came for ${milliseconds} ms`))), milliseconds);
  });
  try {
    const { done, value } = await Promise.race([reader.read(), silence]);
    return done ? null : (value ?? new Uint8Array());
  } finally {
    clearTimeout(timer);
  }
}

/**
 * The frames of an answer, in the batches that the network delivers. Ends when the stream does; an incomplete frame at the end is dropped.
 * @throws ApiError `unreachable` when it breaks or is silent for longer than `idleMs`; the signal's reason when that aborts.
 */
export async function* readFrames(response: Response, options: { readonly idleMs: number; readonly signal: AbortSignal | undefined }): AsyncGenerator<readonly Frame[]> {
  if (response.body === null) return;
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let frames: Frame[] = [];
  const parser = createParser({ onEvent: (message) => frames.push(toFrame(message)) });
  try {
    for (;;) {
      const bytes = await readWithin(reader, options.idleMs);
      if (bytes === null) return;
      parser.feed(decoder.decode(bytes, { stream: true }));
      if (frames.length === 0) continue;
      yield frames;
      frames = [];
    }
  } catch (error) {
    options.signal?.throwIfAborted();
    throw error instanceof ApiError ? error : broken(error);
  } finally {
    // Closes the connection; what that itself fails with is of no interest any more.
    void reader.cancel().catch((error: unknown) => error);
  }
}
