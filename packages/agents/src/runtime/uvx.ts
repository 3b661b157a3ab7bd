import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { AgentSdkError } from "@agent-sdk/core";

/** Where `uvx` is on this search path; null when it is nowhere. */
export async function findUvx(searchPath: string): Promise<string | null> {
  for (const directory of searchPath.split(delimiter).filter((entry) => entry !== "")) {
    const path = join(directory, "uvx");
    const usable = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (usable) return path;
  }
  return null;
}

/** @throws AgentSdkError `unavailable` with what to do when there is no `uvx`. */
export async function requireUvx(title: string, searchPath: string): Promise<void> {
  if ((await findUvx(searchPath)) !== null) return;
  throw new AgentSdkError("unavailable", `${title} is a Python program that is run by uvx, which was not found. Install uv (https://docs.astral.sh/uv/) and try again.`, { retryable: false });
}
