import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { AgentSdkError } from "@agent-sdk/core";

/** SQLITE_BUSY (https://www.sqlite.org/rescode.html). */
const busy = 5;

function isBusy(error: unknown): boolean {
  return typeof error === "object" && error !== null && "errcode" in error && error.errcode === busy;
}

/** The holder's own note; it is only for the sentence to a person. */
async function holderOf(note: string): Promise<string> {
  const text = await readFile(note, "utf8").catch(() => "");
  const pid = Number.parseInt(text, 10);
  return Number.isNaN(pid) ? "another process" : `the process ${pid}`;
}

/** Null when somebody else has it. */
function takeKernelLock(path: string): DatabaseSync | null {
  const file = new DatabaseSync(path);
  try {
    file.exec("pragma busy_timeout = 0; pragma locking_mode = exclusive; begin exclusive;");
    return file;
  } catch (error) {
    file.close();
    if (isBusy(error)) return null;
    throw error;
  }
}

/**
 * Makes the directory and locks it for this process. The lock is one of the kernel's, on a file, taken through Node's own SQLite (Node has no other
 * way to it): it ends with the process, however that ends, so there is no stale lock to recognise, and it holds between containers that
 * share the directory too, where process ids tell nothing.
 * @throws AgentSdkError `conflict` while another process, or this one, has the directory open.
 */
export async function lockDataDirectory(directory: string): Promise<Disposable> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const note = join(directory, "lock.pid");
  const lock = takeKernelLock(join(directory, "lock"));
  if (lock === null) {
    throw new AgentSdkError("conflict", `The data directory is in use by ${await holderOf(note)}. Stop it first, or give this one another directory.`);
  }
  await writeFile(note, `${process.pid}\n`);
  let held = true;
  return {
    [Symbol.dispose]() {
      if (held) lock.close();
      held = false;
    },
  };
}
