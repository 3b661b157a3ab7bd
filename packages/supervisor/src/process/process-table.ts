import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** One process as the system shows it. `startTime` with `pid` names it for ever: a reused pid has another. */
export interface ProcessInfo {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** One letter as in /proc: R, S, D, T, t, Z, X. */
  readonly state: string;
  readonly startTime: string;
}

/** Reads the system's processes. A process that ends meanwhile is simply absent. */
export interface ProcessTable {
  read(pid: number): ProcessInfo | null;
  list(): ProcessInfo[];
  /** Whether the process was started with `NAME=value…` in its environment; false where that cannot be seen. */
  hasVariable(pid: number, variable: string): boolean;
  children(pid: number): number[];
}

function readProc(path: string): string | null {
  try {
    return readFileSync(path, "latin1");
  } catch {
    // Ended meanwhile, or not ours to look at: either way nothing that we could kill.
    return null;
  }
}

/** The name in the second field may hold spaces and parentheses, so fields are counted from the last one. */
function parseStat(pid: number, stat: string): ProcessInfo {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return { pid, state: fields[0]!, parent: Number(fields[1]), group: Number(fields[2]), session: Number(fields[3]), startTime: fields[19]! };
}

function readLinuxProcess(pid: number): ProcessInfo | null {
  const stat = readProc(`/proc/${pid}/stat`);
  return stat ? parseStat(pid, stat) : null;
}

function linuxChildren(pid: number): number[] {
  let threads: string[];
  try {
    threads = readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
  return threads.flatMap((thread) => (readProc(`/proc/${pid}/task/${thread}/children`) ?? "").split(" ").filter(Boolean).map(Number));
}

const linuxTable: ProcessTable = {
  read: readLinuxProcess,
  list: () =>
    readdirSync("/proc").flatMap((name) => {
      const info = /^\d+$/.test(name) ? readLinuxProcess(Number(name)) : null;
      return info ? [info] : [];
    }),
  hasVariable: (pid, variable) => `\0${readProc(`/proc/${pid}/environ`) ?? ""}`.includes(`\0${variable}`),
  children: linuxChildren,
};

function listByPs(arguments_: readonly string[]): ProcessInfo[] {
  let output: string;
  try {
    output = execFileSync("ps", ["-o", "pid=,ppid=,pgid=,sess=,state=,lstart=", ...arguments_], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  } catch {
    // ps exits with 1 when no process matches.
    return [];
  }
  return output.split("\n").flatMap((line) => {
    const [pid, parent, group, session, state, ...start] = line.trim().split(/\s+/);
    if (!pid || !state) return [];
    return [{ pid: Number(pid), parent: Number(parent), group: Number(group), session: Number(session), state: state[0]!, startTime: start.join(" ") }];
  });
}

const psTable: ProcessTable = {
  read: (pid) => listByPs(["-p", String(pid)])[0] ?? null,
  list: () => listByPs(["-A"]),
  hasVariable: () => false,
  children: (pid) => psTable.list().filter((info) => info.parent === pid).map((info) => info.pid),
};

export function processTable(platform: NodeJS.Platform = process.platform): ProcessTable {
  return platform === "linux" ? linuxTable : psTable;
}

/** Zombies and processes on their way out count as dead: they run nothing. */
export function isAlive(info: ProcessInfo | null): info is ProcessInfo {
  return info !== null && info.state !== "Z" && info.state !== "X";
}
