import { AgentSdkError } from "./errors.ts";

const name = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** Whether it can be a sandbox's, a volume's or a shared directory's name: one name in a path, and nothing to a shell. */
export function isResourceName(value: string): boolean {
  return name.test(value);
}

/** @throws AgentSdkError `bad_request` for what {@link isResourceName} refuses; `what` says what it was to name. */
export function assertResourceName(what: string, value: string): void {
  if (!isResourceName(value)) throw new AgentSdkError("bad_request", `A ${what}'s name has 1 to 64 letters, digits, dots, underscores or dashes and begins with a letter or a digit.`);
}

/** The parts of a path inside a volume. @throws AgentSdkError `bad_request` for an empty or absolute one, and for one that leaves its base. */
export function subpathSegments(path: string): readonly string[] {
  const segments = path.split("/").filter((segment) => segment !== "" && segment !== ".");
  const leaves = path.startsWith("/") || segments.includes("..") || path.includes("\0");
  if (leaves || segments.length === 0) throw new AgentSdkError("bad_request", "A path inside a volume is relative, not empty and without `..`.");
  return segments;
}
