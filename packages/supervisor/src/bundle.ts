import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { AgentSdkError } from "@agent-sdk/core";

/** Beside this module in a built package, in `dist` when the package runs from its sources. */
function findBundle(): string {
  const candidates = ["./supervisor.mjs", "../dist/supervisor.mjs"].map((path) => fileURLToPath(new URL(path, import.meta.url)));
  const found = candidates.find((path) => existsSync(path));
  if (!found) throw new AgentSdkError("internal", "The supervisor's bundle is missing: run `pnpm build` first.");
  return found;
}

/** The absolute path of the supervisor's one file, to be run by Node or copied into a sandbox. Importing fails when it was not built. */
export const supervisorBundlePath: string = findBundle();

/** Flags for the Node that runs the bundle: a small young generation and one helper thread. What each costs and saves is in the README. */
export const supervisorNodeFlags: readonly string[] = ["--max-semi-space-size=1", "--v8-pool-size=1"];
