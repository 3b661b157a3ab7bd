import { readFile } from "node:fs/promises";
import { AgentSdkError, subpathSegments, type SupervisorClient } from "@agent-sdk/core";
import type { ContainerInfo } from "../engine/engine.ts";

/** A line of `mountinfo` as in proc(5): which part of its file system is mounted where. */
function parseMounts(text: string): ReadonlyMap<string, string> {
  const unescape = (field: string): string => field.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
  const entries = text.split("\n").flatMap((line): [string, string][] => {
    const [, , , part, target] = line.split(" ");
    return part === undefined || target === undefined ? [] : [[unescape(target), unescape(part)]];
  });
  // Later lines lie over earlier ones.
  return new Map(entries);
}

/** What the system says of the container's first process; null where that process is not in sight of this one. */
async function fromHost({ id, pid }: ContainerInfo): Promise<string | null> {
  try {
    const [cgroup, mounts] = await Promise.all([readFile(`/proc/${pid}/cgroup`, "utf8"), readFile(`/proc/${pid}/mountinfo`, "utf8")]);
    return cgroup.includes(id) ? mounts : null;
  } catch {
    return null;
  }
}

async function fromInside(client: SupervisorClient): Promise<string> {
  const { exitCode, stdout } = await client.exec({ command: 'while read -r line; do echo "$line"; done < /proc/self/mountinfo', timeoutMs: 30_000 });
  if (exitCode === 0) return stdout;
  throw new AgentSdkError("provider_failed", "What is mounted in the sandbox cannot be read.");
}

/**
 * Makes sure that at each target lies the part of the volume that belongs there. An engine that does not know parts of volumes mounts the whole one, and
 * one that resolves a planted link mounts what it names; neither says so.
 * @throws AgentSdkError `provider_failed`
 */
export async function assertMounts(wanted: readonly { readonly subpath: string; readonly target: string }[], container: ContainerInfo, client: SupervisorClient): Promise<void> {
  const mounts = parseMounts((await fromHost(container)) ?? (await fromInside(client)));
  for (const { subpath, target } of wanted) {
    if (mounts.get(target)?.endsWith(`/${subpathSegments(subpath).join("/")}`)) continue;
    throw new AgentSdkError("provider_failed", `The Docker engine did not mount the sandbox's own part of its volume at ${target}.`);
  }
}
