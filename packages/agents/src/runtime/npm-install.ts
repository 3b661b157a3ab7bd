import { spawn } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AgentSdkError } from "@agent-sdk/core";
import { findNpm } from "./npm-command.ts";
import { TextTail } from "./text-tail.ts";

export interface NpmInstallOptions {
  readonly signal: AbortSignal;
  readonly nodePath: string;
  /** npm's own environment: where its registry and its proxy are configured. */
  readonly env: Readonly<Record<string, string>>;
}

const flags = ["--ignore-scripts", "--no-save", "--no-audit", "--no-fund", "--no-update-notifier", "--omit=dev", "--loglevel=error"];

/** The codes that npm prints when it could not reach its registry (https://docs.npmjs.com/common-errors). */
const networkCodes = new Set(["EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "EHOSTUNREACH", "ENETUNREACH", "ENOTFOUND", "ETIMEDOUT", "ERR_SOCKET_TIMEOUT", "FETCH_ERROR"]);

/** npm prints `npm error code <CODE>` on a line of its own. */
function npmErrorCode(stderr: string): string | undefined {
  return /^npm (?:error|ERR!) code (\S+)$/m.exec(stderr)?.[1];
}

function failure(spec: string, exit: string, stderr: string): AgentSdkError {
  const code = npmErrorCode(stderr);
  if (code !== undefined && networkCodes.has(code)) {
    return new AgentSdkError("unavailable", `${spec} could not be installed because npm's registry cannot be reached (${code}). Open the network or configure npm's registry, then try again; or install it beforehand on a machine with a network and copy the runtime directory.`);
  }
  if (code === "ENOSPC") return new AgentSdkError("unavailable", `${spec} could not be installed because the disk is full. Free some space and try again.`);
  return new AgentSdkError("provider_failed", `${spec} could not be installed: npm ended with ${code ?? exit}.`, { cause: new Error(stderr) });
}

/**
 * Installs one package in exactly one version into `directory/node_modules`, running none of the packages' own scripts. Aborting ends npm.
 * @throws AgentSdkError `unavailable` for a missing npm, network or disk space, `provider_failed` for everything else that npm says.
 */
export async function installNpmPackage(spec: string, directory: string, options: NpmInstallOptions): Promise<void> {
  options.signal.throwIfAborted();
  await mkdir(directory, { recursive: true });
  // A project of its own: npm must neither climb to a surrounding one nor find settings in it.
  await writeFile(join(directory, "package.json"), `${JSON.stringify({ private: true })}\n`);
  const npm = await findNpm({ nodePath: options.nodePath, searchPath: options.env["PATH"] ?? "" });
  const child = spawn(npm.command, [...npm.args, "install", "--prefix", directory, ...flags, spec], {
    cwd: directory,
    env: options.env,
    stdio: ["ignore", "ignore", "pipe"],
    signal: options.signal,
  });
  const stderr = new TextTail(8_000);
  child.stderr.setEncoding("utf8").on("data", (text: string) => stderr.add(text));
  const { code, signal } = await new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve, reject) => {
    child.on("error", (error) => (options.signal.aborted ? undefined : reject(error)));
    child.on("close", (code, signal) => resolve({ code, signal }));
  });
  options.signal.throwIfAborted();
  if (code !== 0) throw failure(spec, code === null ? `signal ${String(signal)}` : `exit code ${code}`, stderr.text);
}
