import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

/** A server in a process of its own, from its sources. */
export interface ServerProcess extends AsyncDisposable {
  readonly child: ChildProcess;
  /** Resolves with the address when the log says `ready`. */
  readonly ready: Promise<string>;
  readonly exited: Promise<number | null>;
  readonly stdout: () => string;
  readonly stderr: () => string;
}

function readyUrl(log: string): string | null {
  const line = log.split("\n").find((candidate) => candidate.includes('"msg":"ready"'));
  return line === undefined ? null : (JSON.parse(line) as { url: string }).url;
}

/** Starts it with exactly these variables, beside PATH. Disposing ends it, at once when it does not end by itself. */
export function startServerProcess(environment: Readonly<Record<string, string>>): ServerProcess {
  const child = spawn(process.execPath, ["--conditions=@agent-sdk/source", main], { env: { PATH: process.env["PATH"] ?? "", ...environment }, stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  const { promise: ready, resolve, reject } = Promise.withResolvers<string>();
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    const url = readyUrl(stdout);
    if (url !== null) resolve(url);
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const exited = once(child, "close").then(([code]) => {
    reject(new Error(`the server ended with ${String(code)}: ${stderr}`));
    return code as number | null;
  });
  void ready.catch(() => "the test looks at the exit");
  return {
    child,
    ready,
    exited,
    stdout: () => stdout,
    stderr: () => stderr,
    [Symbol.asyncDispose]: async () => {
      const giveUp = setTimeout(() => child.kill("SIGKILL"), 12_000);
      child.kill("SIGTERM");
      await exited;
      clearTimeout(giveUp);
    },
  };
}
