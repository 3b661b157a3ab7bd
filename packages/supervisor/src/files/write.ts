import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, lstat, open, rename, rm } from "node:fs/promises";
import { AgentSdkError } from "@agent-sdk/core";
import { errorCode } from "./errors.ts";
import type { Location } from "./locate.ts";
import type { FileOwner } from "./owner.ts";

/** The mode of what is there already; undefined for nothing. @throws AgentSdkError `bad_request` when it is not a regular file. */
async function presentMode(path: string): Promise<number | undefined> {
  try {
    const stats = await lstat(path);
    if (stats.isDirectory()) throw new AgentSdkError("bad_request", "The path is a directory.");
    return stats.isFile() ? stats.mode & 0o7777 : undefined;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

async function writeBody(handle: FileHandle, body: AsyncIterable<Uint8Array> | Uint8Array, signal: AbortSignal | undefined): Promise<number> {
  let size = 0;
  const chunks = body instanceof Uint8Array ? [body] : body;
  for await (const chunk of chunks) {
    signal?.throwIfAborted();
    // `writeFile` on a handle goes on where the last one ended, and writes the whole chunk.
    await handle.writeFile(chunk);
    size += chunk.length;
  }
  return size;
}

export interface ReplaceOptions {
  readonly signal?: AbortSignal | undefined;
  /** Whose the file is to be; ours where absent. */
  readonly owner?: FileOwner | undefined;
}

/** Writes beside the place and renames: a reader sees the old content or the new, also when this is broken off. Keeps the old file's mode. */
export async function replaceFile(location: Location, body: AsyncIterable<Uint8Array> | Uint8Array, options: ReplaceOptions): Promise<number> {
  const { owner, signal } = options;
  if (location.isRoot) throw new AgentSdkError("forbidden", "The root itself cannot be replaced.");
  const mode = await presentMode(location.path);
  const temporary = `${location.directory}/.agent-sdk-${randomUUID()}.part`;
  const handle = await open(temporary, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o666);
  try {
    try {
      if (owner) await handle.chown(owner.uid, owner.gid);
      if (mode !== undefined) await handle.chmod(mode);
      const size = await writeBody(handle, body, signal);
      await handle.close();
      signal?.throwIfAborted();
      await rename(temporary, location.path);
      return size;
    } finally {
      await handle.close();
    }
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
