import { readFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import type { ProcessIdentity } from "../marker/marker.ts";

/** One line of the system's process table. */
export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  /** Clock ticks since the boot. */
  readonly startTime: string;
  /** It has ended and only waits for its parent to take note. */
  readonly dead: boolean;
}

/** True for the errors of a process that is not there (any more). */
function isGone(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "ENOENT" || code === "ESRCH";
}

/** `/proc/<pid>/stat` as in proc(5). The command name in parentheses may itself hold spaces and parentheses. */
export function parseStat(text: string): ProcessEntry {
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const [state = "", parent = ""] = fields;
  return { pid: Number.parseInt(text, 10), parent: Number(parent), startTime: fields[19] ?? "", dead: state === "Z" || state === "X" };
}

/** The process now, null when there is none of that pid. */
export function lookUp(pid: number): ProcessEntry | null {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch (error) {
    if (isGone(error)) return null;
    throw error;
  }
}

/** All processes that can be seen. */
export async function listProcesses(): Promise<readonly ProcessEntry[]> {
  const names = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  return names.map((name) => lookUp(Number(name))).filter((entry) => entry !== null);
}

/** The environment that a process was started with; empty when it is gone or is not ours to look into. */
export async function startEnvironment(pid: number): Promise<readonly string[]> {
  try {
    return (await readFile(`/proc/${pid}/environ`, "latin1")).split("\0");
  } catch (error) {
    if (isGone(error) || (error as NodeJS.ErrnoException).code === "EACCES" || (error as NodeJS.ErrnoException).code === "EPERM") return [];
    throw error;
  }
}

/** Changes with every boot: pids and start times of another boot mean nothing. */
export function bootId(): string {
  return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
}

/** Who `pid` is now. Null when it is gone. */
export function identify(pid: number): ProcessIdentity | null {
  const entry = lookUp(pid);
  return entry && { pid, startTime: entry.startTime, bootId: bootId() };
}

/** Whether exactly that process lives. A zombie does not. */
export function isAlive(identity: ProcessIdentity): boolean {
  if (identity.bootId !== bootId()) return false;
  const entry = lookUp(identity.pid);
  return entry !== null && !entry.dead && entry.startTime === identity.startTime;
}
