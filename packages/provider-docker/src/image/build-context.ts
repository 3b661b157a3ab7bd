import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdtemp, readdir, readlink, realpath, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { AgentSdkError } from "@agent-sdk/core";

const maxFiles = 20_000;
const maxBytes = 512 * 1024 * 1024;

/** A directory that exists for as long as it is needed. */
export interface OpenContext extends AsyncDisposable {
  readonly directory: string;
}

/** What an image is built from. */
export interface BuildContext {
  /** Of everything in it. */
  readonly hash: string;
  /** Relative to the directory. */
  readonly dockerfile: string;
  open(): Promise<OpenContext>;
}

async function directoryWith(content: string): Promise<OpenContext> {
  const directory = await mkdtemp(join(tmpdir(), "agent-sdk-build-"));
  await writeFile(join(directory, "Dockerfile"), content);
  return { directory, [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }) };
}

/** A context that is a Dockerfile and nothing else. */
export function contentContext(content: string): BuildContext {
  return { hash: createHash("sha256").update(content).digest("hex"), dockerfile: "Dockerfile", open: () => directoryWith(content) };
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}

/** Every file below, with its kind, mode and contents; links as they are, so that nothing outside is read. */
async function hashDirectory(directory: string): Promise<string> {
  const lines: string[] = [];
  let bytes = 0;
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const name = relative(directory, path);
    if (entry.isSymbolicLink()) lines.push(`${name}\0link\0${await readlink(path)}`);
    if (!entry.isFile()) continue;
    const { mode, size } = await stat(path);
    bytes += size;
    if (bytes > maxBytes || lines.length > maxFiles) throw new AgentSdkError("too_large", "The directory of the dockerfile holds more than 512 MB or 20,000 files; a sandbox's image cannot be built from so much.");
    lines.push(`${name}\0${mode & 0o777}\0${await hashFile(path)}`);
  }
  return createHash("sha256").update(lines.toSorted().join("\n")).digest("hex");
}

async function resolved(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (cause) {
    throw new AgentSdkError("bad_request", "There is no such dockerfile on the server's machine.", { cause, details: { field: "dockerfile" } });
  }
}

/**
 * The directory of a Dockerfile on this machine.
 * @throws AgentSdkError `bad_request` when it does not lie below `base`, links resolved.
 */
export async function fileContext(base: string, path: string): Promise<BuildContext> {
  const [root, file] = await Promise.all([realpath(base), resolved(resolve(base, path))]);
  if (!file.startsWith(root + sep)) throw new AgentSdkError("bad_request", "The dockerfile does not lie in the directory that AGENT_SDK_DOCKER_CONTEXT_DIR names.", { details: { field: "dockerfile" } });
  const directory = dirname(file);
  const hash = createHash("sha256").update(`${basename(file)}\0${await hashDirectory(directory)}`).digest("hex");
  return { hash, dockerfile: basename(file), open: async () => ({ directory, [Symbol.asyncDispose]: async () => undefined }) };
}
