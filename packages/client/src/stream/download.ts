import { ApiError } from "../errors.ts";
import { unreachable } from "../http/attempt.ts";
import type { OpenAnswer } from "../http/transport.ts";
import { readWithin } from "./read-within.ts";

/**
 * The bytes of an answer, asked for as they are read. It fails when it breaks off or is silent for longer than `idleMs`, and lets the connection go when it ends or
 * is cancelled.
 */
export function bytesOf(answer: OpenAnswer, options: { readonly idleMs: number; readonly signal: AbortSignal | undefined }): ReadableStream<Uint8Array> {
  const reader = (answer.response.body ?? new Blob([]).stream()).getReader();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const bytes = await readWithin(reader, options.idleMs);
          if (bytes !== null) return controller.enqueue(bytes);
          answer.close();
          controller.close();
        } catch (error) {
          answer.close();
          void reader.cancel().catch((ignored: unknown) => ignored);
          if (options.signal?.aborted) throw options.signal.reason;
          throw error instanceof ApiError ? error : unreachable("The file's bytes broke off.", error);
        }
      },
      async cancel(reason) {
        answer.close();
        await reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}
