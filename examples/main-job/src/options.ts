import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";

/** What was asked for on the command line. */
export interface DemoOptions {
  readonly agent: string;
  readonly provider: string;
  /** Undefined: the demo's own, which writes a file. */
  readonly prompt: string | undefined;
  /** Leave the server running. */
  readonly keep: boolean;
}

export const usage: string = readFileSync(new URL("../usage.txt", import.meta.url), "utf8");

/**
 * Null when only help was asked for.
 * @throws Error with a sentence for unknown options and missing values.
 */
export function parseOptions(args: readonly string[]): DemoOptions | null {
  const { values } = parseArgs({
    args: [...args],
    options: {
      agent: { type: "string", default: "claude" },
      provider: { type: "string", default: "unix_local" },
      prompt: { type: "string" },
      keep: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  const { agent, provider, prompt, keep, help } = values;
  if (prompt?.trim() === "") throw new Error("--prompt needs a text.");
  return help ? null : { agent, provider, prompt, keep };
}
