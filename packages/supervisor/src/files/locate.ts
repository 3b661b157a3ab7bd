import { constants } from "node:fs";
import { type FileHandle, lchown, mkdir, open, readlink, realpath } from "node:fs/promises";
import { join } from "node:path";
import { errorCode, forbidden } from "./errors.ts";
import type { FileOwner } from "./owner.ts";
import { below, components, parsePath } from "./path.ts";

/** Linux: a handle that only names a directory; it needs no permission to read it. Node has no constant for it. */
const pathOnly = 0o10000000;
const maxLinks = 40;

/** A name in a directory that is held open: what is done to `path` happens in that very directory, wherever it is moved meanwhile. */
export interface Location extends AsyncDisposable {
  /** The directory, as a path for system calls. */
  readonly directory: string;
  /** The place itself, as a path for system calls; its last part is not resolved yet. */
  readonly path: string;
  readonly isRoot: boolean;
}

export interface LocateOptions {
  /** What to do where the last name is a symlink: go to what it names, or take the link itself. */
  readonly lastLink: "follow" | "keep";
  readonly makeParents?: boolean;
  /** Whose parents that are made are to be; ours where absent. */
  readonly owner?: FileOwner | undefined;
}

/** Null when it is no symlink. */
async function linkTarget(path: string): Promise<string | null> {
  try {
    return await readlink(path);
  } catch (error) {
    const code = errorCode(error);
    if (code === "EINVAL" || code === "ENOENT") return null;
    throw error;
  }
}

/**
 * Resolves a path one name at a time, each in the directory that the names before it led to and that is held open. No system call ever gets a path of
 * more than one unresolved name, so replacing a directory by a symlink between check and use leads nowhere.
 */
class Walk {
  readonly #path: string;
  readonly #root: string;
  readonly #options: LocateOptions;
  readonly #open: FileHandle[] = [];
  #names: string[];
  #links = 0;

  constructor(path: string, root: string, names: string[], options: LocateOptions) {
    this.#path = path;
    this.#root = root;
    this.#names = names;
    this.#options = options;
  }

  async run(): Promise<Location> {
    try {
      this.#open.push(await open(this.#root, pathOnly | constants.O_DIRECTORY));
      for (let name = this.#names.shift(); name !== undefined; name = this.#names.shift()) {
        if (name === "..") await this.#leave();
        else if (this.#names.length > 0) await this.#enter(name);
        else if (!(await this.#expandLast(name))) return await this.#location(name);
      }
      return await this.#location(null);
    } catch (error) {
      await this.#close();
      throw error;
    }
  }

  get #directory(): string {
    return `/proc/self/fd/${this.#open.at(-1)!.fd}`;
  }

  async #leave(): Promise<void> {
    if (this.#open.length === 1) throw forbidden(this.#path, "The path leads out of the root.");
    await this.#open.pop()!.close();
  }

  async #enter(name: string): Promise<void> {
    const path = `${this.#directory}/${name}`;
    const enter = async (): Promise<void> => void this.#open.push(await open(path, pathOnly | constants.O_DIRECTORY | constants.O_NOFOLLOW));
    try {
      await enter();
    } catch (error) {
      const code = errorCode(error);
      if (code === "ENOENT" && this.#options.makeParents) {
        await makeDirectory(path, this.#options.owner);
        await enter();
        return;
      }
      const target = code === "ENOTDIR" || code === "ELOOP" ? await linkTarget(path) : null;
      if (target === null) throw error;
      await this.#expand(target);
    }
  }

  async #expandLast(name: string): Promise<boolean> {
    if (this.#options.lastLink === "keep") return false;
    const target = await linkTarget(`${this.#directory}/${name}`);
    if (target !== null) await this.#expand(target);
    return target !== null;
  }

  /** Puts a link's target in place of its name. */
  async #expand(target: string): Promise<void> {
    if (++this.#links > maxLinks) throw forbidden(this.#path, "The path goes through too many symlinks.");
    if (target.startsWith("/")) {
      const rest = below(this.#root, target);
      if (rest === null) throw forbidden(this.#path, "The path goes through a symlink out of the root.");
      for (const handle of this.#open.splice(1)) await handle.close();
      this.#names.unshift(...components(rest));
    } else this.#names.unshift(...components(target));
  }

  async #location(name: string | null): Promise<Location> {
    const directory = this.#directory;
    const last = this.#open.pop()!;
    await this.#close();
    return {
      directory,
      path: `${directory}/${name ?? "."}`,
      isRoot: name === null && this.#links === 0,
      [Symbol.asyncDispose]: () => last.close(),
    };
  }

  async #close(): Promise<void> {
    for (const handle of this.#open.splice(0)) await handle.close();
  }
}

async function makeDirectory(path: string, owner: FileOwner | undefined): Promise<void> {
  try {
    await mkdir(path);
    if (owner) await lchown(path, owner.uid, owner.gid);
  } catch (error) {
    // Somebody else made it at the same time.
    if (errorCode(error) !== "EEXIST") throw error;
  }
}

/** Without /proc: the parent's real path is checked and then used, which leaves a moment in between. */
async function locateByRealPath(path: string, root: string, names: string[], options: LocateOptions): Promise<Location> {
  const name = names.pop();
  let directory = root;
  for (const part of names) {
    const next = join(directory, part);
    if (options.makeParents) await makeDirectory(next, options.owner);
    directory = await realpath(next);
    if (below(root, directory) === null) throw forbidden(path, "The path leads out of the root.");
  }
  if (name === undefined) return { directory, path: directory, isRoot: true, [Symbol.asyncDispose]: async () => undefined };
  const target = options.lastLink === "follow" && (await linkTarget(join(directory, name))) !== null ? await realpath(join(directory, name)) : join(directory, name);
  if (below(root, target) === null) throw forbidden(path, "The path goes through a symlink out of the root.");
  return { directory: join(target, ".."), path: target, isRoot: false, [Symbol.asyncDispose]: async () => undefined };
}

/**
 * Finds the place that a caller's path names below `root`.
 * @throws AgentSdkError `forbidden` when it resolves outside, `bad_request` when it is no path; the system's error when a part is missing.
 */
export async function locate(root: string, path: string, options: LocateOptions): Promise<Location> {
  const realRoot = await realpath(root);
  const names = parsePath(path, [root, realRoot]);
  return process.platform === "linux" ? new Walk(path, realRoot, names, options).run() : locateByRealPath(path, realRoot, names, options);
}
