import { longestTimerMs, unreachable } from "../http/attempt.ts";

export interface ByteReader {
  read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>;
}

/**
 * Reads with a deadline: a connection whose other end is gone says nothing, for ever.
 * @returns null at the end.
 * @throws ApiError `unreachable` when nothing comes for `milliseconds`; whatever the reader throws.
 */
export async function readWithin(reader: ByteReader, milliseconds: number): Promise<Uint8Array | null> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(unreachable(`Nothing came for ${milliseconds} ms.`, undefined)), Math.min(milliseconds, longestTimerMs));
  });
  try {
    const { done, value } = await Promise.race([reader.read(), silence]);
    return done ? null : (value ?? new Uint8Array());
  } finally {
    clearTimeout(timer);
  }
}
