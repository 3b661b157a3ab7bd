import { chmod, open, readFile, realpath, writeFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { AgentSdkError, isJsonObject } from "@agent-sdk/core";

/** Starts an installed agent; beside `node_modules` or the unpacked archive. */
export const startScript = "start.sh";

/** How a shell writes any text as one word. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

async function firstLine(path: string): Promise<string> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(128), 0, 128, 0);
    return buffer.subarray(0, bytesRead).toString("latin1").split("\n")[0] ?? "";
  } finally {
    await file.close();
  }
}

/** A program for Node says so in its first line, or by its name. */
async function isForNode(path: string): Promise<boolean> {
  return /\.[cm]?js$/.test(path) || /^#!.*\bnode\b/.test(await firstLine(path));
}

/**
 * Writes the script that starts `program`, a path relative to `directory`, with the sandbox's Node where it is for Node.
 * @throws AgentSdkError `provider_failed` when there is no such program, or it lies elsewhere.
 */
export async function writeStartScript(directory: string, program: string): Promise<void> {
  const path = join(directory, program);
  const real = await realpath(path).catch(() => null);
  const root = await realpath(directory);
  if (real === null || !real.startsWith(`${root}${sep}`)) throw new AgentSdkError("provider_failed", "The agent's package does not hold the program that it is to be started by.");
  const forNode = await isForNode(real);
  if (!forNode) await chmod(real, 0o755);
  const target = `"$(dirname "$0")"/${quoted(relative(root, real))}`;
  await writeFile(join(directory, startScript), `#!/bin/sh\nexec ${forNode ? '"$AGENT_SDK_NODE" ' : ""}${target} "$@"\n`);
}

/** The program that a package of npm is started by: its only one, or the one that is called like the package. */
export async function programOfPackage(directory: string, name: string): Promise<string> {
  const folder = join("node_modules", name);
  const manifest: unknown = JSON.parse(await readFile(join(directory, folder, "package.json"), "utf8"));
  const bin = isJsonObject(manifest) ? manifest["bin"] : null;
  const own = name.slice(name.lastIndexOf("/") + 1);
  const found = isJsonObject(bin) ? (bin[own] ?? (Object.keys(bin).length === 1 ? Object.values(bin)[0] : null)) : bin;
  if (typeof found === "string") return join(folder, found);
  throw new AgentSdkError("provider_failed", `The package ${name} has no program to start, or several and none of its name.`);
}
