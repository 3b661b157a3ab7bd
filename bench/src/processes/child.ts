import { type ChildProcess, spawn, type SpawnOptions } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

const endGraceMs = 12_000;

/** A process of this run, its output read so that it never blocks on a full pipe. */
export class Child implements AsyncDisposable {
  readonly process: ChildProcess;
  readonly #lines: string[] = [];
  #waiting: { readonly matches: (line: string) => boolean; readonly resolve: (line: string) => void }[] = [];

  /** Output that `stdio` names as a pipe is read here, apart from standard output when `ownStdout` is set. */
  constructor(command: string, args: readonly string[], options: SpawnOptions & { readonly ownStdout?: boolean }) {
    this.process = spawn(command, [...args], options);
    if (this.process.stdout && !options.ownStdout) createInterface({ input: this.process.stdout }).on("line", (line) => this.#take(line));
    if (this.process.stderr) createInterface({ input: this.process.stderr }).on("line", (line) => this.#take(line));
  }

  #take(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > 200) this.#lines.shift();
    for (const waiter of this.#waiting.filter(({ matches }) => matches(line))) waiter.resolve(line);
  }

  get pid(): number {
    return this.process.pid ?? 0;
  }

  /** The first line that matches. @throws with the last lines when the process ends before. */
  async line(matches: (line: string) => boolean): Promise<string> {
    const found = this.#lines.find(matches);
    if (found !== undefined) return found;
    const ended = new AbortController();
    const end = once(this.process, "exit", { signal: ended.signal }).then(() => {
      throw new Error(`a process of the benchmark ended too early:\n${this.#lines.slice(-20).join("\n")}`);
    });
    const line = new Promise<string>((resolve) => this.#waiting.push({ matches, resolve }));
    try {
      return await Promise.race([line, end]);
    } finally {
      this.#waiting = [];
      end.catch(() => undefined);
      ended.abort();
    }
  }

  /** SIGTERM, which lets it write its profile; SIGKILL when that is not enough. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const exited = once(this.process, "exit");
    this.process.kill("SIGTERM");
    const timer = setTimeout(() => this.process.kill("SIGKILL"), endGraceMs);
    await exited;
    clearTimeout(timer);
  }
}
