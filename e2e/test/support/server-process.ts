import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { runtimeDirectory } from "./workspace.ts";

/** Servers of one database share it. */
const encryptionKeys = `e2e:${Buffer.alloc(32, "e2e").toString("base64")}`;

const mainPath = fileURLToPath(new URL("../../../apps/server/dist/main.js", import.meta.url));

export interface ServerOptions {
  readonly home: string;
  readonly databaseUrl?: string | undefined;
  readonly env?: Readonly<Record<string, string>>;
  readonly port?: number;
}

/** The built server, as a process of its own. */
export class ServerProcess implements AsyncDisposable {
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #output: string[];

  private constructor(child: ChildProcess, url: string, output: string[]) {
    this.#child = child;
    this.url = url;
    this.#output = output;
  }

  /** Starts it and waits until it says that it is ready. @throws with what it printed when it ends before. */
  static async start(options: ServerOptions): Promise<ServerProcess> {
    const { PATH = "" } = process.env;
    const env = {
      PATH,
      HOME: options.home,
      AGENT_SDK_HOME: options.home,
      AGENT_SDK_RUNTIME_DIR: runtimeDirectory,
      AGENT_SDK_ISOLATION: "process",
      PORT: String(options.port ?? 0),
      ...(options.databaseUrl === undefined ? {} : { DATABASE_URL: options.databaseUrl, AGENT_SDK_ENCRYPTION_KEYS: encryptionKeys }),
      ...options.env,
    };
    const child = spawn(process.execPath, [mainPath], { env, stdio: ["ignore", "pipe", "pipe"] });
    const output: string[] = [];
    const note = (line: string): void => {
      output.push(line);
      if (output.length > 20_000) output.shift();
      if (process.env["E2E_LOG"]) console.error(`[${child.pid}] ${line}`);
    };
    createInterface({ input: child.stderr }).on("line", note);
    const lines = createInterface({ input: child.stdout });
    const ready = new Promise<string>((resolve, reject) => {
      lines.on("line", (line) => {
        note(line);
        const parsed = line.startsWith("{") ? (JSON.parse(line) as { msg?: string; url?: string }) : {};
        if (parsed.msg === "ready" && parsed.url) resolve(parsed.url);
      });
      child.once("exit", (code, signal) => reject(new Error(`the server ended with ${code ?? signal}:\n${output.join("\n")}`)));
    });
    return new ServerProcess(child, await ready, output);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  /** Everything that it printed, newest last, bounded. */
  get output(): readonly string[] {
    return this.#output;
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Sends a signal; for one that ends it, resolves when it is gone. */
  async kill(signal: NodeJS.Signals): Promise<void> {
    if (!this.running) return;
    const gone = once(this.#child, "exit");
    this.#child.kill(signal);
    if (signal !== "SIGSTOP" && signal !== "SIGCONT") await gone;
  }

  /** Private memory in bytes. */
  async privateBytes(): Promise<number> {
    const { readFile } = await import("node:fs/promises");
    const rollup = await readFile(`/proc/${this.pid}/smaps_rollup`, "utf8");
    return [...rollup.matchAll(/^Private_\w+:\s+(\d+) kB$/gm)].reduce((sum, match) => sum + Number(match[1]) * 1024, 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.running) this.#child.kill("SIGCONT");
    await this.kill("SIGKILL");
  }
}
