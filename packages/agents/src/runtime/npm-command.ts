import { access, constants, realpath } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { AgentSdkError } from "@agent-sdk/core";

/** A program and the arguments that come before npm's own. */
export interface NpmCommand {
  readonly command: string;
  readonly args: readonly string[];
}

async function usable(path: string, mode: number): Promise<boolean> {
  try {
    await access(path, mode);
    return true;
  } catch {
    return false;
  }
}

/**
 * npm as it came with `nodePath`, else the first one on `searchPath`: that may belong to another Node, which is fine.
 * @throws AgentSdkError `unavailable` when there is none.
 */
export async function findNpm(options: { readonly nodePath: string; readonly searchPath: string }): Promise<NpmCommand> {
  const bundled = join(dirname(await realpath(options.nodePath)), "..", "lib", "node_modules", "npm", "bin", "npm-cli.js");
  if (await usable(bundled, constants.R_OK)) return { command: options.nodePath, args: [bundled] };
  for (const directory of options.searchPath.split(delimiter)) {
    const candidate = join(directory, "npm");
    if (directory !== "" && (await usable(candidate, constants.X_OK))) return { command: candidate, args: [] };
  }
  throw new AgentSdkError("unavailable", "npm was not found, and the agent's runtime has to be installed with it. Install npm and try again.", { retryable: false });
}
