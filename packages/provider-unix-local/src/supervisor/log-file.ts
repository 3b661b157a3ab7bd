import { open, stat, truncate } from "node:fs/promises";

const limit = 1 << 20;

/** The last part of the log, for the cause of an error. Empty when there is none. */
export async function logTail(path: string, bytes = 4_096): Promise<string> {
  try {
    await using file = await open(path, "r");
    const { size } = await file.stat();
    const buffer = Buffer.alloc(Math.min(size, bytes));
    await file.read(buffer, 0, buffer.length, size - buffer.length);
    return buffer.toString("utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
}

/**
 * Empties the log when it is over a mebibyte. The supervisor writes by O_APPEND straight to the file, so that it needs nobody while the server
 * is away, and goes on at the new end.
 */
export async function boundLog(path: string): Promise<void> {
  try {
    if ((await stat(path)).size > limit) await truncate(path, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}
