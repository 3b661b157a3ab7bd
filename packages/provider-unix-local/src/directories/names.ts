import { AgentSdkError } from "@agent-sdk/core";

const name = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** Whether it can be a sandbox's or a volume's name. */
export function isName(value: string): boolean {
  return name.test(value);
}

/** @throws AgentSdkError `bad_request` for what could not be one directory of its own. */
export function assertName(kind: "sandbox" | "volume", value: string): void {
  if (!isName(value)) throw new AgentSdkError("bad_request", `A ${kind}'s name has 1 to 64 letters, digits, dots, underscores or dashes and begins with a letter or a digit.`);
}

/** The parts of a relative path. @throws AgentSdkError `bad_request` for an empty or absolute one, and for one that leaves its base. */
export function pathSegments(path: string): readonly string[] {
  const segments = path.split("/").filter((segment) => segment !== "" && segment !== ".");
  const leaves = path.startsWith("/") || segments.includes("..") || path.includes("\0");
  if (leaves || segments.length === 0) throw new AgentSdkError("bad_request", "A path inside a volume is relative, not empty and without `..`.");
  return segments;
}
