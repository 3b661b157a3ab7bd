import { readFile, readdir } from "node:fs/promises";

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
