import { Buffer } from "node:buffer";
import { closeSync, mkdirSync, openSync, readFileSync, readSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AgentSdkError, isJsonObject } from "@agent-sdk/core";

const maxBytes = 8 * 1024 * 1024;
const fileName = "environment.json";

/** What whoever starts the supervisor writes to its standard input, as JSON, before closing it. */
export interface Handover {
  readonly token: string;
  /**
   * Variables for everything that the supervisor starts. Kept in its state directory, so that a sandbox which is started again needs only the token;
   * absent at such a later start.
   */
  readonly env?: Readonly<Record<string, string>>;
}

/** All of the standard input, which is then replaced by nothing: what is started later must not find it. */
function readStandardInput(): Buffer {
  const buffer = Buffer.alloc(64 * 1024);
  const parts: Buffer[] = [];
  let length = 0;
  for (let count = readSync(0, buffer); count > 0; count = readSync(0, buffer)) {
    length += count;
    if (length > maxBytes) throw new AgentSdkError("bad_request", `More than ${maxBytes} bytes came by the standard input.`);
    parts.push(Buffer.from(buffer.subarray(0, count)));
  }
  buffer.fill(0);
  closeSync(0);
  // The lowest free descriptor is taken: 0 again.
  openSync("/dev/null", "r");
  return Buffer.concat(parts);
}

function isVariables(value: unknown): value is Record<string, string> {
  return isJsonObject(value) && Object.values(value).every((item) => typeof item === "string" && !item.includes("\0"));
}

function parseHandover(bytes: Buffer): Handover {
  let parsed: unknown;
  try {
    parsed = JSON.parse(bytes.toString("utf8"));
  } catch (cause) {
    // Without what was read: it holds secrets.
    throw new AgentSdkError("bad_request", "What came by the standard input is not JSON.", { cause: cause instanceof SyntaxError ? undefined : cause });
  }
  if (!isJsonObject(parsed) || typeof parsed["token"] !== "string" || parsed["token"] === "") throw new AgentSdkError("bad_request", "No token came by the standard input.");
  const { env } = parsed;
  if (env === undefined) return { token: parsed["token"] };
  if (!isVariables(env)) throw new AgentSdkError("bad_request", "The variables that came by the standard input are not texts by name.");
  return { token: parsed["token"], env };
}

function keep(directory: string, env: Readonly<Record<string, string>>): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, fileName);
  writeFileSync(`${path}.part`, JSON.stringify(env), { mode: 0o600 });
  renameSync(`${path}.part`, path);
}

function kept(directory: string): Readonly<Record<string, string>> {
  try {
    const parsed: unknown = JSON.parse(readFileSync(join(directory, fileName), "utf8"));
    if (isVariables(parsed)) return parsed;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw new AgentSdkError("bad_request", "The sandbox's kept variables cannot be read.", { cause: error });
  }
  throw new AgentSdkError("bad_request", "The sandbox's kept variables are not texts by name.");
}

/**
 * Token and variables from the standard input, which is read to its end: so neither shows in an argument, in the environment that the process was started
 * with, nor in what a container engine tells about the container. Blocks until the other end is closed.
 * @throws AgentSdkError `bad_request` when what came is not a {@link Handover}.
 */
export function takeHandover(stateDirectory: string): Required<Handover> {
  const { token, env } = parseHandover(readStandardInput());
  if (env === undefined) return { token, env: kept(stateDirectory) };
  keep(stateDirectory, env);
  return { token, env };
}
