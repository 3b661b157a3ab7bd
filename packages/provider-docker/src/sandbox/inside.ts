import { posix } from "node:path";
import { AgentSdkError, assertResourceName, sandboxIdVariable, type SandboxPaths, type SandboxRecipe } from "@agent-sdk/core";
import type { ImageInfo } from "../engine/engine.ts";

/** Where everything of ours lies in a runtime image, and in what is made of it. */
export const runtimeDirectory = "/opt/agent-sdk";
export const supervisorPath: string = `${runtimeDirectory}/supervisor.mjs`;
/** The sandbox's user owns it: journals, and the session's variables for a later start. */
export const stateDirectory = "/var/lib/agent-sdk";
export const home = "/home/agent";
/** Where the directory of the supervisor's socket is seen. */
export const socketMount = "/run/agent-sdk";

/** What a shared directory of the volume is seen as. @throws AgentSdkError `bad_request` for what is no name. */
export function sharedMountTarget(name: string): string {
  assertResourceName("shared mount", name);
  return `/mnt/${name}`;
}

/**
 * The session's working directory: `cwd`, relative to HOME or absolute; else the recipe's `root`; else HOME.
 * @throws AgentSdkError `bad_request` for what is no path.
 */
export function workingDirectory(cwd: string | null, recipe: Pick<SandboxRecipe, "root">): string {
  const wanted = cwd ?? recipe.root ?? home;
  if (wanted.includes("\0")) throw new AgentSdkError("bad_request", "A working directory's path cannot hold NUL.");
  if (!posix.isAbsolute(wanted) && wanted.split("/").includes("..")) throw new AgentSdkError("bad_request", "A working directory that is relative to HOME cannot leave it by `..`.");
  const resolved = posix.resolve(home, wanted);
  return resolved.length > 1 ? resolved.replace(/\/$/, "") : resolved;
}

export function pathsInside(root: string, node: string): SandboxPaths {
  return { root, home, runtime: `${runtimeDirectory}/runtime`, node };
}

function imageVariables(image: Pick<ImageInfo, "env">): Readonly<Record<string, string>> {
  return Object.fromEntries(image.env.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]));
}

const systemPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/**
 * What the container starts with besides what the image itself sets. The session's own variables are not among it: whoever may ask the engine could read
 * them. They are handed over to the supervisor.
 */
export function containerEnvironment(image: Pick<ImageInfo, "env">, options: { readonly sandboxId: string; readonly node: string }): Readonly<Record<string, string>> {
  const own = imageVariables(image);
  const path = own["PATH"] ?? systemPath;
  return {
    LANG: own["LANG"] ?? "C.UTF-8",
    LOGNAME: "agent",
    SHELL: own["SHELL"] ?? "/bin/sh",
    TERM: own["TERM"] ?? "xterm-256color",
    USER: "agent",
    HOME: home,
    PATH: [`${home}/.local/bin`, path, posix.dirname(options.node)].join(":"),
    [sandboxIdVariable]: options.sandboxId,
  };
}
