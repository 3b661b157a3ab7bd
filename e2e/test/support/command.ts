import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const mainPath = fileURLToPath(new URL("../../../packages/cli/dist/main.js", import.meta.url));

export interface CommandOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly cwd?: string;
  readonly program?: string;
  /** Sees the output as it comes, and may send signals. */
  readonly onOutput?: (soFar: { readonly out: string; readonly err: string }, kill: (signal: NodeJS.Signals) => void) => void;
}

export interface CommandResult {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the built `agent-sdk` command as a process of its own, to its end. */
export function runCommand(args: readonly string[], options: CommandOptions): Promise<CommandResult> {
  const { PATH = "" } = process.env;
  const child = spawn(options.program ?? process.execPath, [mainPath, ...args], { env: { PATH, ...options.env }, cwd: options.cwd, stdio: "pipe" });
  let out = "";
  let err = "";
  const tell = (): void => options.onOutput?.({ out, err }, (signal) => child.kill(signal));
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
    tell();
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    err += text;
    tell();
  });
  // A command that does not read its input may be gone before all of it was taken.
  child.stdin.on("error", () => undefined).end(options.input ?? "");
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, out, err }));
  });
}
