import { readFile, readdir } from "node:fs/promises";

export interface ProcessInfo {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

async function read(path: string): Promise<string> {
  // A process may end between being listed and being read.
  return readFile(path, "latin1").catch(() => "");
}

async function info(pid: number): Promise<ProcessInfo | null> {
  const stat = await read(`/proc/${pid}/stat`);
  const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  if (!state || state === "Z" || state === "X") return null;
  return { pid, parent: Number(parent), command: (await read(`/proc/${pid}/cmdline`)).replaceAll("\0", " ").trim() };
}

/** Every live process of this machine, zombies left out. */
export async function allProcesses(): Promise<readonly ProcessInfo[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  return (await Promise.all(pids.map(info))).filter((found) => found !== null);
}

/** Live processes that mention `home` in their command or environment: whatever was started for it. */
export async function processesWithHome(home: string): Promise<readonly ProcessInfo[]> {
  const all = (await allProcesses()).filter(({ pid }) => pid !== process.pid);
  const matching = await Promise.all(all.map(async (found) => found.command.includes(home) || (await read(`/proc/${found.pid}/environ`)).includes(home)));
  return all.filter((_, index) => matching[index]);
}

/** Descendants of a process, itself left out. */
export async function descendants(pid: number): Promise<readonly ProcessInfo[]> {
  const all = await allProcesses();
  const found = new Set([pid]);
  for (let size = 0; size !== found.size; ) {
    size = found.size;
    for (const each of all) if (found.has(each.parent)) found.add(each.pid);
  }
  return all.filter((each) => found.has(each.pid) && each.pid !== pid);
}

/** The supervisors of a home, and the agents below each. */
export async function sandboxesOf(home: string): Promise<readonly { readonly supervisor: number; readonly ref: string; readonly agents: readonly number[] }[]> {
  const found = [];
  for (const { pid } of await allProcesses()) {
    const environment = (await read(`/proc/${pid}/environ`)).split("\0");
    const value = (name: string): string => environment.find((entry) => entry.startsWith(`${name}=`))?.slice(name.length + 1) ?? "";
    if (!value("AGENT_SDK_SUPERVISOR_STATE").startsWith(home)) continue;
    const children = await descendants(pid);
    found.push({ supervisor: pid, ref: value("AGENT_SDK_SANDBOX_ID"), agents: children.filter((child) => child.command.includes("agent")).map((child) => child.pid) });
  }
  return found;
}
