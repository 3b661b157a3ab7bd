import { constants, type Dirent, type Stats } from "node:fs";
import { lstat, open, readdir } from "node:fs/promises";
import type { FileEntry } from "@agent-sdk/core";
import { errorCode } from "./errors.ts";

const statsAtOnce = 32;

interface Listing {
  readonly entries: FileEntry[];
  readonly maxEntries: number;
  readonly signal: AbortSignal | undefined;
}

function kindOf(entry: Dirent | Stats): FileEntry["kind"] {
  if (entry.isFile()) return "file";
  if (entry.isDirectory()) return "directory";
  return entry.isSymbolicLink() ? "symlink" : "other";
}

/** Null when it went away meanwhile. */
async function describe(directory: string, prefix: string, name: string): Promise<FileEntry | null> {
  try {
    const stats = await lstat(`${directory}/${name}`);
    const kind = kindOf(stats);
    return { path: prefix + name, kind, size: kind === "directory" ? 0 : stats.size, modifiedAt: stats.mtimeMs };
  } catch (error) {
    if (errorCode(error) === "ENOENT") return null;
    throw error;
  }
}

async function listDirectory(directory: string, prefix: string, listing: Listing): Promise<string[]> {
  const names = (await readdir(directory)).toSorted();
  const children: string[] = [];
  for (let at = 0; at < names.length && listing.entries.length < listing.maxEntries; at += statsAtOnce) {
    listing.signal?.throwIfAborted();
    const batch = names.slice(at, at + Math.min(statsAtOnce, listing.maxEntries - listing.entries.length));
    for (const entry of await Promise.all(batch.map((name) => describe(directory, prefix, name)))) {
      if (!entry) continue;
      listing.entries.push(entry);
      if (entry.kind === "directory") children.push(entry.path.slice(prefix.length));
    }
  }
  return children;
}

/** A directory's entries, then those of its subdirectories. Symlinks are listed and not followed. `path` is one for system calls. */
export async function listTree(path: string, prefix: string, listing: Listing): Promise<void> {
  await using handle = await open(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  const directory = process.platform === "linux" ? `/proc/self/fd/${handle.fd}` : path;
  for (const name of await listDirectory(directory, prefix, listing)) {
    if (listing.entries.length >= listing.maxEntries) return;
    try {
      await listTree(`${directory}/${name}`, `${prefix}${name}/`, listing);
    } catch (error) {
      // Replaced or removed since it was listed, or not readable: the entry itself stays in the list.
      if (!["ENOENT", "ENOTDIR", "ELOOP", "EACCES"].includes(errorCode(error) ?? "")) throw error;
    }
  }
}
