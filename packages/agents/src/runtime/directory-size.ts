import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";

async function fileSize(path: string): Promise<number> {
  try {
    return (await lstat(path)).size;
  } catch (error) {
    // npm moves things while we count.
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return 0;
    throw error;
  }
}

/** The bytes in all files below `directory`, 0 when it is missing. Things may come and go meanwhile. */
export async function directorySize(directory: string): Promise<number> {
  let total = 0;
  const waiting = [directory];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const folder = next;
    const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return [];
      throw error;
    });
    for (const entry of entries) {
      if (entry.isDirectory()) waiting.push(join(folder, entry.name));
      else if (entry.isFile()) total += await fileSize(join(folder, entry.name));
    }
  }
  return total;
}
