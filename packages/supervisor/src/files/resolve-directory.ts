import { realpath } from "node:fs/promises";
import { resolve, sep } from "node:path";
import { AgentSdkError } from "@agent-sdk/core";

/**
 * The existing directory that `path` names below `root`, resolved.
 * @throws AgentSdkError `forbidden` when it resolves outside, `not_found` when it does not exist.
 */
export async function resolveDirectory(root: string, path: string): Promise<string> {
  const [base, target] = await Promise.all([realpath(root), realpath(resolve(root, path))]).catch((error: unknown) => {
    throw new AgentSdkError("not_found", "The directory does not exist.", { cause: error });
  });
  if (target !== base && !target.startsWith(base === sep ? sep : base + sep)) throw new AgentSdkError("forbidden", "The directory is outside of the root.");
  return target;
}
