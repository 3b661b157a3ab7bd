import { AgentSdkError } from "@agent-sdk/core";
import { forbidden } from "./errors.ts";

/** What follows `root` in `path`; null when it is not below it. */
export function below(root: string, path: string): string | null {
  if (path === root) return "";
  const prefix = root.endsWith("/") ? root : `${root}/`;
  return path.startsWith(prefix) ? path.slice(prefix.length) : null;
}

/** The names that a path is made of, without empty ones and `.`. */
export function components(path: string): string[] {
  return path.split("/").filter((name) => name !== "" && name !== ".");
}

/**
 * A caller's path as names below the root.
 * @throws AgentSdkError `forbidden` for `..` and for an absolute path outside of every one of `roots`, `bad_request` for NUL.
 */
export function parsePath(path: string, roots: readonly string[]): string[] {
  if (path.includes("\0")) throw new AgentSdkError("bad_request", "A path cannot hold NUL.");
  const relative = path.startsWith("/") ? roots.map((root) => below(root, path)).find((rest) => rest !== null) : path;
  if (relative === undefined || relative === null) throw forbidden(path, "The path is outside of the root.");
  const names = components(relative);
  if (names.includes("..")) throw forbidden(path, "A path cannot hold `..`.");
  return names;
}
