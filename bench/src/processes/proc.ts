import { readFile, readdir } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";

async function text(path: string): Promise<string> {
  // A process may end between being listed and being read.
  return readFile(path, "latin1").catch(() => "");
}

/**
 * Private memory of a process in bytes: `Private_Clean` and `Private_Dirty` of /proc/<pid>/smaps_rollup. Undefined on systems without it.
 */
export async function privateBytes(pid: number): Promise<number | undefined> {
  const rollup = await text(`/proc/${pid}/smaps_rollup`);
  const found = [...rollup.matchAll(/^Private_(?:Clean|Dirty):\s+(\d+) kB$/gm)];
  return found.length === 0 ? undefined : found.reduce((sum, match) => sum + Number(match[1]) * 1024, 0);
}

/** Live processes that name `mark` in their command or in the environment that they were started with, this one left out. */
export async function processesMarkedBy(mark: string): Promise<readonly number[]> {
  const names = await readdir("/proc").catch(() => []);
  const pids = names.filter((name) => /^\d+$/.test(name)).map(Number);
  const marked = await Promise.all(
    pids.map(async (pid) => pid !== process.pid && ((await text(`/proc/${pid}/cmdline`)).includes(mark) || (await text(`/proc/${pid}/environ`)).includes(mark))),
  );
  return pids.filter((_, index) => marked[index]);
}

/** Kills every process that `mark` is found in, again and again until there is none. Answers those that there were at first. */
export async function killMarkedBy(mark: string): Promise<readonly number[]> {
  const first = await processesMarkedBy(mark);
  for (let left = first; left.length > 0; left = await processesMarkedBy(mark)) {
    for (const pid of left) kill(pid);
    await delay(10);
  }
  return first;
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    // It ended by itself in the meantime.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
