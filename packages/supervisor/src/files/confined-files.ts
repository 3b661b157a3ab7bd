import { lchown, lstat, mkdir, rename } from "node:fs/promises";
import type { FileEdit, FileOperations } from "@agent-sdk/core";
import { isAgentSdkError } from "@agent-sdk/core";
import { maxReadBytes } from "../wire.ts";
import { applyEdit } from "./edit.ts";
import { errorCode, fileError, forbidden } from "./errors.ts";
import { locate, type LocateOptions, type Location } from "./locate.ts";
import { removeTree, renameWithoutOverwrite } from "./move.ts";
import type { FileOwner } from "./owner.ts";
import { openFile, readWhole, streamFile } from "./read.ts";
import { listTree } from "./tree.ts";
import { replaceFile } from "./write.ts";

const defaultMaxEntries = 10_000;

async function makeDirectory(path: string, owner: FileOwner | undefined): Promise<void> {
  try {
    await mkdir(path);
    if (owner) await lchown(path, owner.uid, owner.gid);
  } catch (error) {
    if (errorCode(error) !== "EEXIST" || !(await lstat(path)).isDirectory()) throw error;
  }
}

export interface ConfinedFilesOptions {
  /** Whose files and directories that are made here are to be: only root may give them to another. Ours where absent. */
  readonly owner?: FileOwner | undefined;
}

/**
 * The files below `root`, which must exist. `tree` gives at most 10,000 entries unless told otherwise: as many as the limit means that it was cut off.
 * `edit` with a whole content counts as one replacement. `mkdir` makes parents, and an existing directory is success.
 */
export function confinedFiles(root: string, { owner }: ConfinedFilesOptions = {}): FileOperations {
  async function at<Result>(path: string, options: LocateOptions & { readonly signal?: AbortSignal | undefined }, use: (location: Location) => Promise<Result>): Promise<Result> {
    options.signal?.throwIfAborted();
    try {
      await using location = await locate(root, path, { ...options, owner });
      return await use(location);
    } catch (error) {
      throw fileError(error, path);
    }
  }
  const follow = (signal: AbortSignal | undefined) => ({ lastLink: "follow", signal }) as const;
  const followAndMake = (signal: AbortSignal | undefined) => ({ lastLink: "follow", makeParents: true, signal }) as const;
  const keep = (signal: AbortSignal | undefined) => ({ lastLink: "keep", signal }) as const;

  async function edit(change: FileEdit, { signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<{ replacements: number }> {
    if ("content" in change) {
      await at(change.path, followAndMake(signal), (location) => replaceFile(location, Buffer.from(change.content), { owner, signal }));
      return { replacements: 1 };
    }
    return at(change.path, follow(signal), async (location) => {
      const { content, replacements } = applyEdit(await readWhole(location, maxReadBytes), change);
      await replaceFile(location, content, { owner, signal });
      return { replacements };
    });
  }

  return {
    edit,
    tree: (path, { signal, maxEntries = defaultMaxEntries } = {}) =>
      at(path, follow(signal), async (location) => {
        const listing = { entries: [], maxEntries, signal };
        await listTree(location.path, "", listing);
        return listing.entries;
      }),
    read: (path, { signal, maxBytes = maxReadBytes } = {}) => at(path, follow(signal), (location) => readWhole(location, maxBytes)),
    download: (path, { signal } = {}) =>
      at(path, follow(signal), async (location) => {
        const file = await openFile(location);
        return { size: file.size, body: await streamFile(file, signal) };
      }),
    upload: (path, body, { signal } = {}) => at(path, followAndMake(signal), async (location) => ({ size: await replaceFile(location, body as AsyncIterable<Uint8Array> | Uint8Array, { owner, signal }) })),
    remove: (path, { signal } = {}) =>
      at(path, keep(signal), async (location) => {
        if (location.isRoot) throw forbidden(path, "The root itself cannot be removed.");
        await removeTree(location.path);
      }),
    async rename(path, newPath, { signal, overwrite = true } = {}) {
      await at(path, keep(signal), (source) =>
        at(newPath, keep(signal), (target) => {
          if (source.isRoot || target.isRoot) throw forbidden(path, "The root itself cannot be renamed.");
          return overwrite ? rename(source.path, target.path) : renameWithoutOverwrite(source, target);
        }),
      );
    },
    mkdir: (path, { signal } = {}) => at(path, followAndMake(signal), (location) => (location.isRoot ? Promise.resolve() : makeDirectory(location.path, owner))),
    async exists(path, { signal } = {}) {
      try {
        return await at(path, follow(signal), async (location) => {
          await lstat(location.path);
          return true;
        });
      } catch (error) {
        if (isAgentSdkError(error, "not_found")) return false;
        throw error;
      }
    },
  };
}
