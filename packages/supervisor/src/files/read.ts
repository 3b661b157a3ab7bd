import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { addAbortSignal, Readable } from "node:stream";
import { AgentSdkError } from "@agent-sdk/core";
import type { Location } from "./locate.ts";

const streamChunkBytes = 256 * 1024;

export interface OpenFile {
  readonly handle: FileHandle;
  readonly size: number;
}

/** Opens a regular file for reading. A symlink that was put there since, a device and a pipe are refused; opening never waits. */
export async function openFile(location: Location): Promise<OpenFile> {
  const handle = await open(location.path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) throw new AgentSdkError("bad_request", stats.isDirectory() ? "The path is a directory." : "The path is not a regular file.");
    return { handle, size: stats.size };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** The whole file. @throws AgentSdkError `too_large` above `maxBytes`. */
export async function readWhole(location: Location, maxBytes: number): Promise<Buffer> {
  const { handle, size } = await openFile(location);
  try {
    if (size > maxBytes) throw new AgentSdkError("too_large", `The file has ${size} bytes; at most ${maxBytes} are read at once.`, { details: { size, maxBytes } });
    const content = Buffer.allocUnsafe(size);
    let length = 0;
    while (length < size) {
      const { bytesRead } = await handle.read(content, length, size - length, length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return content.subarray(0, length);
  } finally {
    await handle.close();
  }
}

/** The first `size` bytes as a stream, so that a file which grows meanwhile does not run past its announced length. */
export async function streamFile({ handle, size }: OpenFile, signal: AbortSignal | undefined): Promise<ReadableStream<Uint8Array>> {
  if (size === 0) {
    await handle.close();
    return Readable.toWeb(Readable.from([])) as ReadableStream<Uint8Array>;
  }
  const stream = handle.createReadStream({ start: 0, end: size - 1, highWaterMark: streamChunkBytes });
  if (signal) addAbortSignal(signal, stream);
  return Readable.toWeb(stream) as ReadableStream<Uint8Array>;
}
