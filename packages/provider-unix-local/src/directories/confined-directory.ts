import { realpath, stat } from "node:fs/promises";
import { isAbsolute, join, relative, sep } from "node:path";
import { AgentSdkError } from "@agent-sdk/core";
import { makeDirectoryBelow } from "@agent-sdk/supervisor/files";

function code(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}

async function existingDirectory(path: string): Promise<string | undefined> {
  try {
    return (await stat(path)).isDirectory() ? await realpath(path) : undefined;
  } catch (error) {
    if (code(error) === "ENOENT" || code(error) === "ENOTDIR") return undefined;
    throw error;
  }
}

/** True when `path` is `base` or lies in it, as text: resolve links before. */
export function liesIn(base: string, path: string): boolean {
  const way = relative(base, path);
  return way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

export interface WorkingDirectoryOptions {
  readonly home: string;
  /** Absolute, relative to `home`, or null for `home` itself. */
  readonly cwd: string | null;
  /** Whether a directory outside of `home` may be used, where it exists. */
  readonly outside: boolean;
}

/**
 * The session's working directory, made when it is missing.
 * @throws AgentSdkError `bad_request` for one outside of HOME that the sandbox cannot have.
 */
export async function workingDirectory({ home, cwd, outside }: WorkingDirectoryOptions): Promise<string> {
  if (cwd === null) return home;
  const wanted = isAbsolute(cwd) ? cwd : join(home, cwd);
  if (wanted === home) return home;
  const existing = await existingDirectory(wanted);
  if (existing !== undefined && (liesIn(home, existing) || outside)) return existing;
  if (existing === undefined && liesIn(home, wanted)) return makeDirectoryBelow(home, relative(home, wanted));
  if (!outside) throw new AgentSdkError("bad_request", "cwd must lie inside the sandbox's HOME: at this isolation nothing else of the host can be written.");
  throw new AgentSdkError("bad_request", "cwd is outside the sandbox's HOME and is not an existing directory.");
}
