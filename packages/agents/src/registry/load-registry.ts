import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describeError, type RuntimeEnv } from "@agent-sdk/core";
import { parseRegistry, type Registry } from "./schema.ts";
import { registrySnapshot } from "./snapshot.ts";

const fetchMs = 15_000;
const maxBytes = 8 * 1024 * 1024;

export interface LoadRegistryOptions {
  /** An http or https URL, or a file's path. Undefined: the bundled snapshot. */
  readonly source: string | undefined;
  /** Where the last good one of a source is kept. */
  readonly directory: string;
  readonly env: RuntimeEnv;
}

async function fetchText(url: string): Promise<string> {
  const response = await fetch(url, { signal: AbortSignal.timeout(fetchMs), redirect: "follow" });
  if (!response.ok) throw new Error(`it was answered ${response.status}`);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new Error("it is too large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function readSource(source: string): Promise<string> {
  return /^https?:\/\//.test(source) ? fetchText(source) : readFile(source, "utf8");
}

async function keep(path: string, text: string, env: RuntimeEnv): Promise<void> {
  const staging = `${path}.${env.random.uuid()}`;
  await writeFile(staging, text, { mode: 0o600 });
  await rename(staging, path);
}

async function lastGood(path: string): Promise<Registry | null> {
  try {
    return parseRegistry(JSON.parse(await readFile(path, "utf8")));
  } catch {
    // Never kept, or not of this version's form: there is the snapshot.
    return null;
  }
}

/** The registry of `source`. Where that cannot be had or is none: the last good one, else the bundled snapshot, with a warning in the log. Never rejects for it. */
export async function loadRegistry({ source, directory, env }: LoadRegistryOptions): Promise<Registry> {
  if (source === undefined) return registrySnapshot;
  const kept = join(directory, "registry.json");
  try {
    const text = await readSource(source);
    const registry = parseRegistry(JSON.parse(text));
    await mkdir(directory, { recursive: true });
    await keep(kept, text, env);
    return registry;
  } catch (error) {
    const last = await lastGood(kept);
    env.log.warn({ error: describeError(error), fallback: last ? "the last good one" : "the bundled one" }, "the registry of agents cannot be used");
    return last ?? registrySnapshot;
  }
}
