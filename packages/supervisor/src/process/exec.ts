import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { StringDecoder } from "node:string_decoder";
import type { ExecRequest, ExecResult } from "@agent-sdk/core";
import { maxExecOutputBytes } from "../wire.ts";
import { childEnvironment } from "./child-environment.ts";
import type { ProcessTable } from "./process-table.ts";
import { ProcessTree } from "./process-tree.ts";

/** How long output is awaited after the shell ended, in milliseconds: what it left in the background may hold the pipes for ever. */
const drainMs = 200;

/** The beginning of a stream; the rest is read and dropped, so that the command does not block. */
class BoundedOutput {
  readonly #chunks: Buffer[] = [];
  #length = 0;
  isTruncated = false;

  push(chunk: Buffer): void {
    const room = maxExecOutputBytes - this.#length;
    if (chunk.length > room) this.isTruncated = true;
    if (room <= 0) return;
    this.#chunks.push(chunk.length > room ? chunk.subarray(0, room) : chunk);
    this.#length += Math.min(room, chunk.length);
  }

  /** Without the half character that a cut may leave. */
  text(): string {
    const decoder = new StringDecoder("utf8");
    const text = decoder.write(Buffer.concat(this.#chunks));
    return this.isTruncated ? text : text + decoder.end();
  }
}

interface Ending {
  readonly exitCode: number | null;
  readonly signal: string | null;
}

function ended(child: ChildProcessWithoutNullStreams): Promise<Ending> {
  return new Promise((resolve, reject) => {
    let drain: NodeJS.Timeout | undefined;
    child.once("error", reject);
    child.once("exit", () => {
      drain = setTimeout(() => {
        child.stdout.destroy();
        child.stderr.destroy();
      }, drainMs);
    });
    child.once("close", (exitCode, signal) => {
      clearTimeout(drain);
      resolve({ exitCode, signal });
    });
  });
}

export interface ExecOptions {
  readonly table: ProcessTable;
  readonly environment: NodeJS.ProcessEnv;
  /** An existing directory. */
  readonly cwd: string;
  readonly marker: string;
  /** Aborted when the caller is gone: the command's processes are killed. */
  readonly signal: AbortSignal;
}

/**
 * Runs `sh -c`. At the time-out or on abort the shell and all its descendants are killed before this resolves; a command that ends in time may leave
 * processes in the background, which live until the supervisor ends.
 */
export async function exec(request: ExecRequest, options: ExecOptions): Promise<ExecResult> {
  options.signal.throwIfAborted();
  const env = childEnvironment(options.environment, request.env ?? {}, options.marker);
  const child = spawn("sh", ["-c", request.command], { cwd: options.cwd, env, detached: true, stdio: "pipe" });
  const tree = new ProcessTree(options.table, child.pid ?? null, options.marker);
  const [stdout, stderr] = [new BoundedOutput(), new BoundedOutput()];
  child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
  // A command may end without reading its input.
  child.stdin.on("error", () => undefined);
  child.stdin.end(request.stdin ?? "");
  let timedOut = false;
  let killing: Promise<void> | undefined;
  const kill = (): void => {
    killing ??= tree.kill(0);
  };
  const timer = setTimeout(() => {
    timedOut = true;
    kill();
  }, request.timeoutMs);
  options.signal.addEventListener("abort", kill, { once: true });
  try {
    const ending = await ended(child);
    await killing;
    options.signal.throwIfAborted();
    return { stdout: stdout.text(), stderr: stderr.text(), ...ending, stdoutTruncated: stdout.isTruncated, stderrTruncated: stderr.isTruncated, timedOut };
  } finally {
    clearTimeout(timer);
    options.signal.removeEventListener("abort", kill);
  }
}
