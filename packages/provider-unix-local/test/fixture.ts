import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, readdir, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemEnv, type Logger, type ProviderCapabilities } from "@agent-sdk/core";
import type { SandboxProviderFixture } from "@agent-sdk/core/contract";
import { supervisorTransport } from "@agent-sdk/supervisor/client";
import { unixLocalProvider, type IsolationMode } from "../src/index.ts";

export interface LocalFixture extends SandboxProviderFixture {
  readonly home: string;
}

interface FixtureOptions {
  readonly isolation: IsolationMode;
  readonly log?: Logger;
  /** Added to the home directory's path. */
  readonly suffix?: string;
}

/** Processes whose environment or arguments name the directory: read from /proc, not through the provider. */
export function processesNaming(directory: string): readonly string[] {
  return readdirSync("/proc").filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid).flatMap((pid) => {
    try {
      const [environment, command] = [readFileSync(`/proc/${pid}/environ`, "latin1"), readFileSync(`/proc/${pid}/cmdline`, "latin1")];
      return `${environment}\0${command}`.includes(directory) ? [`process ${pid}: ${command.replaceAll("\0", " ").slice(0, 200)}`] : [];
    } catch {
      // It has ended meanwhile.
      return [];
    }
  });
}

async function directoriesIn(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  return names.map((name) => `directory ${join(folder, name)}`);
}

/** A provider on a fresh home directory. */
export async function localFixture({ isolation, log, suffix = "" }: FixtureOptions): Promise<LocalFixture> {
  const base = await realpath(await mkdtemp(join(tmpdir(), "unix-local-")));
  const home = join(base, suffix);
  const env = systemEnv(log ? { log } : {});
  const transport = supervisorTransport(env);
  const open = (): ReturnType<typeof unixLocalProvider> => unixLocalProvider({ home, isolation, env, transport });
  return {
    home,
    provider: open(),
    transport,
    volumeName: "contract",
    recipe: { provider: "unix_local" },
    reopen: () => Promise.resolve(open()),
    leftovers: async () => [...processesNaming(base), ...(await directoriesIn(join(home, "sandboxes")))],
    async [Symbol.asyncDispose]() {
      await rm(base, { recursive: true, force: true });
    },
  };
}

/** Why sandboxes with namespaces cannot be tried on this machine; undefined when they can. */
export function bubblewrapMissing(): string | undefined {
  try {
    execFileSync("bwrap", ["--ro-bind", "/", "/", "--unshare-user", "--unshare-pid", "--proc", "/proc", "true"], { stdio: "ignore" });
    return undefined;
  } catch {
    return "bubblewrap is not installed or does not work here";
  }
}

export function capabilities(isolation: "namespace" | "process"): ProviderCapabilities {
  return {
    isolation, sharedWorkspace: true, stop: false, pause: false, snapshot: false, images: false, resources: [],
    networkPolicies: isolation === "namespace" ? ["none", "open"] : ["open"], volumeFiles: true,
  };
}
