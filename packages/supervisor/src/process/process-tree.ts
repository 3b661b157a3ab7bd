import { setTimeout as delay } from "node:timers/promises";
import { markerVariable } from "../wire.ts";
import { isAlive, type ProcessInfo, type ProcessTable } from "./process-table.ts";

const firstWaitMs = 4;
const longestWaitMs = 100;

/**
 * A process and everything that came from it, however it left: by its process group, by descent, and by the marker in its environment. Members that were
 * seen once stay known by pid and start time, so one that is orphaned later is not lost.
 */
export class ProcessTree {
  readonly #table: ProcessTable;
  readonly #marker: string;
  readonly #known = new Map<number, string>();
  readonly #root: ProcessInfo | null;

  constructor(table: ProcessTable, root: number | null, marker: string) {
    this.#table = table;
    this.#marker = `${markerVariable}=${marker}`;
    this.#root = root === null ? null : table.read(root);
    if (this.#root) this.#known.set(this.#root.pid, this.#root.startTime);
  }

  /** Remembers the present descendants; costs a few file reads for each. */
  note(): void {
    for (const [pid, startTime] of this.#known) if (!this.#isSame(pid, startTime)) this.#known.delete(pid);
    const open = [...this.#known.keys()];
    for (let pid = open.pop(); pid !== undefined; pid = open.pop()) {
      for (const child of this.#table.children(pid)) {
        const info = this.#known.has(child) ? null : this.#table.read(child);
        if (!info) continue;
        this.#known.set(child, info.startTime);
        open.push(child);
      }
    }
  }

  /**
   * Signals every member until none is alive: first with SIGTERM for `graceMs`, then with SIGKILL, each time looking again, for a dying
   * process may have started another.
   */
  async kill(graceMs: number): Promise<void> {
    const deadline = performance.now() + graceMs;
    const asked = new Set<number>();
    for (let wait = firstWaitMs; ; wait = Math.min(wait * 2, longestWaitMs)) {
      const members = this.#members();
      if (members.length === 0) return;
      const isOver = performance.now() >= deadline;
      for (const member of members) {
        if (isOver) this.#signal(member, "SIGKILL");
        else if (!asked.has(member.pid)) this.#signal(member, "SIGTERM");
        asked.add(member.pid);
      }
      await delay(isOver ? wait : Math.min(wait, Math.max(1, deadline - performance.now())));
    }
  }

  #isSame(pid: number, startTime: string): boolean {
    const info = this.#table.read(pid);
    return isAlive(info) && info.startTime === startTime;
  }

  #members(): ProcessInfo[] {
    const all = this.#table.list().filter((info) => isAlive(info) && info.pid !== process.pid);
    const group = this.#ownGroup();
    const members = new Set(all.filter((info) => this.#isDirectMember(info, group)).map((info) => info.pid));
    for (let before = -1; before !== members.size; ) {
      before = members.size;
      for (const info of all) if (members.has(info.parent)) members.add(info.pid);
    }
    const found = all.filter((info) => members.has(info.pid));
    for (const info of found) this.#known.set(info.pid, info.startTime);
    return found;
  }

  /** The number of the root's group and session; null once that number belongs to another process. */
  #ownGroup(): number | null {
    if (this.#root === null) return null;
    const leader = this.#table.read(this.#root.pid);
    return leader === null || leader.startTime === this.#root.startTime ? this.#root.pid : null;
  }

  #isDirectMember(info: ProcessInfo, group: number | null): boolean {
    if (this.#known.get(info.pid) === info.startTime) return true;
    if (group !== null && (info.group === group || info.session === group)) return true;
    return this.#table.hasVariable(info.pid, this.#marker);
  }

  #signal(member: ProcessInfo, signal: NodeJS.Signals): void {
    if (!this.#isSame(member.pid, member.startTime)) return;
    try {
      process.kill(member.pid, signal);
      // A stopped process acts on SIGTERM only after it is continued.
      if (signal === "SIGTERM") process.kill(member.pid, "SIGCONT");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }
}
