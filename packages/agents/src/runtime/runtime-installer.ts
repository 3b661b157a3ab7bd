import { access, mkdir, rename, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { AgentSdkError, type RuntimeEnv } from "@agent-sdk/core";
import type { AgentDefinition, AgentRuntime } from "../definition.ts";
import { installArchive } from "./archive-install.ts";
import { findUvx, requireUvx } from "./uvx.ts";
import { fileRuntimeVersion, installFile } from "./file-runtime.ts";
import { takeInstallLock } from "./install-lock.ts";
import { runtimePath } from "./layout.ts";
import { installNpmPackage } from "./npm-install.ts";
import { reportProgress, type ProgressListener } from "./progress.ts";
import { SharedWork } from "./shared-work.ts";
import { programOfPackage, startScript, writeStartScript } from "./start-script.ts";

export interface InstallerOptions {
  readonly runtimeDirectory: string;
  readonly env: RuntimeEnv;
  /** The environment for npm. */
  readonly npmEnv: Readonly<Record<string, string>>;
  readonly nodePath: string;
}

export interface EnsureOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called every few seconds while something is being installed. Never called when everything is there. */
  readonly onProgress?: ProgressListener | undefined;
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}

/** What lies in the runtime directory. */
type Installed = Exclude<AgentRuntime, { kind: "none" | "uvx" }>;

/** @throws AgentSdkError `internal` when the agent is a file of this machine that is missing. */
export function versionOf(runtime: Installed): string {
  return runtime.kind === "file" ? fileRuntimeVersion(runtime.source) : runtime.version;
}

async function isComplete(runtime: Installed, directory: string): Promise<boolean> {
  if (runtime.kind === "npm-bin" || runtime.kind === "archive") return exists(join(directory, startScript));
  if (runtime.kind === "file") return exists(join(directory, basename(runtime.source)));
  const modules = join(directory, "node_modules");
  if (!(await exists(join(modules, runtime.entry)))) return false;
  if (runtime.oneOf === undefined) return true;
  return (await Promise.all(runtime.oneOf.map((path) => exists(join(modules, path))))).includes(true);
}

/**
 * Puts agents' runtimes into the runtime directory: into a directory of its own first, in place by one rename. Several callers and several
 * processes at once are safe, and one of them does the work.
 */
export class RuntimeInstaller {
  readonly #options: InstallerOptions;
  readonly #installing = new SharedWork<void>();

  constructor(options: InstallerOptions) {
    this.#options = options;
  }

  /**
   * Resolves when the agent's runtime is there; at once when it already is. Aborting ends the installation unless others wait for it too.
   * @throws AgentSdkError `unavailable` with what to do when npm or its registry cannot be used.
   */
  async ensure(definition: AgentDefinition, options: EnsureOptions = {}): Promise<void> {
    const { runtime } = definition;
    if (runtime.kind === "none") return;
    if (runtime.kind === "uvx") return requireUvx(definition.title, this.#options.npmEnv["PATH"] ?? "");
    const target = join(this.#options.runtimeDirectory, runtimePath(definition.id, versionOf(runtime)));
    if (await isComplete(runtime, target)) return;
    const staging = `${target}.part-${this.#options.env.random.uuid()}`;
    await using _progress = reportProgress(this.#options.env, { what: definition.title, directory: `${target}.part`, onProgress: options.onProgress });
    await this.#installing.join(target, (signal) => this.#install(runtime, { target, staging, signal }), options);
  }

  /** Whether the agent could be started now without installing anything. */
  async isInstalled({ id, runtime }: AgentDefinition): Promise<boolean> {
    if (runtime.kind === "none") return true;
    if (runtime.kind === "uvx") return (await findUvx(this.#options.npmEnv["PATH"] ?? "")) !== null;
    return isComplete(runtime, join(this.#options.runtimeDirectory, runtimePath(id, versionOf(runtime))));
  }

  async #install(runtime: Installed, { target, staging, signal }: { target: string; staging: string; signal: AbortSignal }): Promise<void> {
    await using _lock = await takeInstallLock(this.#options.env, `${target}.lock`, { signal });
    if (await isComplete(runtime, target)) return;
    try {
      await this.#fill(runtime, staging, signal);
      if (!(await isComplete(runtime, staging))) {
        throw new AgentSdkError("provider_failed", "npm left out a part of the agent's runtime: there may be none for this platform, or it could not be fetched.");
      }
      await putInPlace(runtime, staging, target);
    } finally {
      await rm(staging, { recursive: true, force: true });
    }
  }

  async #fill(runtime: Installed, staging: string, signal: AbortSignal): Promise<void> {
    await mkdir(staging, { recursive: true });
    if (runtime.kind === "file") return installFile(runtime.source, staging);
    if (runtime.kind === "archive") {
      await installArchive(staging, { ...runtime, signal });
      return writeStartScript(staging, runtime.command);
    }
    const { nodePath, npmEnv } = this.#options;
    await installNpmPackage(`${runtime.package}@${runtime.version}`, staging, { signal, nodePath, env: npmEnv });
    if (runtime.kind === "npm-bin") await writeStartScript(staging, await programOfPackage(staging, runtime.package));
  }
}

/** The one moment in which a version appears. What lies there and is not complete was left by a hand, not by us, and is replaced. */
async function putInPlace(runtime: Installed, staging: string, target: string): Promise<void> {
  try {
    await rename(staging, target);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ENOTEMPTY" && code !== "EEXIST") throw error;
    if (await isComplete(runtime, target)) return;
    await rm(target, { recursive: true, force: true });
    await rename(staging, target);
  }
}
