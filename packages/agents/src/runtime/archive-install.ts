import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { copyFile, mkdir, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { AgentSdkError } from "@agent-sdk/core";

const maxBytes = 4 * 1024 ** 3;

export interface ArchiveOptions {
  readonly url: string;
  readonly sha256: string | null;
  /** What is started, relative to the archive's root. */
  readonly command: string;
  readonly signal: AbortSignal;
}

function unreachable(url: string, cause: unknown): AgentSdkError {
  const host = new URL(url).host;
  const message = `The agent could not be downloaded because ${host} cannot be reached. Open the network and try again; or install it beforehand on a machine with a network and copy the runtime directory.`;
  return new AgentSdkError("unavailable", message, { cause });
}

async function openUrl(url: string, signal: AbortSignal): Promise<Response> {
  const response = await fetch(url, { signal, redirect: "follow" }).catch((error: unknown) => {
    signal.throwIfAborted();
    throw unreachable(url, error);
  });
  if (!response.ok || !response.body) throw new AgentSdkError("provider_failed", `The agent could not be downloaded: ${new URL(url).host} answered ${response.status}.`);
  return response;
}

/** Downloads to `path`. @throws `provider_failed` for other bytes than the registry names. */
async function download({ url, sha256, signal }: ArchiveOptions, path: string): Promise<void> {
  const response = await openUrl(url, signal);
  const hash = createHash("sha256");
  let bytes = 0;
  const check = new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      bytes += chunk.length;
      hash.update(chunk);
      done(bytes > maxBytes ? new AgentSdkError("provider_failed", "The agent's archive is too large.") : null, chunk);
    },
  });
  await pipeline(Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0]), check, createWriteStream(path), { signal });
  if (sha256 !== null && hash.digest("hex") !== sha256.toLowerCase()) throw new AgentSdkError("provider_failed", "The agent's archive is not the one that the registry names: its checksum differs.");
}

async function run(program: string, args: readonly string[], signal: AbortSignal): Promise<void> {
  try {
    await promisify(execFile)(program, args, { signal });
  } catch (cause) {
    signal.throwIfAborted();
    const missing = (cause as NodeJS.ErrnoException).code === "ENOENT";
    throw new AgentSdkError("provider_failed", missing ? `The agent's archive needs the program ${program} to be unpacked. Install it and try again.` : "The agent's archive could not be unpacked.", { cause });
  }
}

/** Downloads an agent's archive, checks it, and unpacks it into `directory`; what is no archive is taken as the program itself. */
export async function installArchive(directory: string, options: ArchiveOptions): Promise<void> {
  const name = basename(new URL(options.url).pathname);
  const file = join(directory, `.download-${name}`);
  await mkdir(directory, { recursive: true });
  try {
    await download(options, file);
    if (/\.(tar\.(gz|bz2|xz)|tgz|tbz2)$/.test(name)) await run("tar", ["--no-same-owner", "-xf", file, "-C", directory], options.signal);
    else if (name.endsWith(".zip")) await run("unzip", ["-q", file, "-d", directory], options.signal);
    else {
      await mkdir(dirname(join(directory, options.command)), { recursive: true });
      await copyFile(file, join(directory, options.command));
    }
  } finally {
    await rm(file, { force: true });
  }
}
