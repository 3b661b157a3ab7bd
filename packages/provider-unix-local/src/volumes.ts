import { mkdir, realpath, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { AgentSdkError, assertResourceName, type FileOperations, type Random, type VolumeProvider } from "@agent-sdk/core";
import { confinedFiles } from "@agent-sdk/supervisor/files";
import type { Layout } from "./directories/layout.ts";

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}

/** Volumes as directories `<home>/volumes/<name>`. A volume's ref is its name. */
export class LocalVolumes implements VolumeProvider {
  readonly #layout: Layout;
  readonly #random: Random;

  constructor(layout: Layout, random: Random) {
    this.#layout = layout;
    this.#random = random;
  }

  async create(name: string, options: { readonly signal?: AbortSignal | undefined } = {}): Promise<{ readonly ref: string }> {
    options.signal?.throwIfAborted();
    await mkdir(this.#path(name), { recursive: true, mode: 0o700 });
    return { ref: name };
  }

  /** It is out of sight by one rename, whatever happens while its contents are deleted. */
  async destroy(ref: string, options: { readonly signal?: AbortSignal | undefined } = {}): Promise<void> {
    options.signal?.throwIfAborted();
    const grave = join(this.#layout.volumes, `.gone-${this.#random.uuid()}`);
    try {
      await rename(this.#path(ref), grave);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
      throw error;
    }
    await rm(grave, { recursive: true, force: true });
  }

  async exists(ref: string, options: { readonly signal?: AbortSignal | undefined } = {}): Promise<boolean> {
    options.signal?.throwIfAborted();
    return isDirectory(this.#path(ref));
  }

  files(ref: string): FileOperations {
    return confinedFiles(this.#path(ref));
  }

  /** The volume's directory on the host, with links in the way to it resolved. @throws AgentSdkError `not_found`. */
  async directory(ref: string): Promise<string> {
    if (!(await this.exists(ref))) throw new AgentSdkError("not_found", `There is no volume ${JSON.stringify(ref)}.`);
    return realpath(this.#path(ref));
  }

  #path(ref: string): string {
    assertResourceName("volume", ref);
    return join(this.#layout.volumes, ref);
  }
}
