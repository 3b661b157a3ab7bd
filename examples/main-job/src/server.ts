import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("../../../apps/server/dist/main.js", import.meta.url));

/** Settings of a server that people use; the demo's own must not take them. */
const foreign: ReadonlySet<string> = new Set([
  "AGENT_SDK_API_KEY", "AGENT_SDK_API_KEYS", "AGENT_SDK_ORIGIN", "AGENT_SDK_PORT", "AGENT_SDK_REPLICA_URL", "DATABASE_URL", "HOST",
]);

/** The agents' programs are shared with every other server of this user, because they are large. */
function runtimeDirectory(): string {
  return process.env["AGENT_SDK_RUNTIME_DIR"] ?? join(process.env["AGENT_SDK_HOME"] ?? join(homedir(), ".agent-sdk"), "runtimes");
}

function environment(home: string, extra: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.has(name)));
  return { ...inherited, PORT: "0", AGENT_SDK_HOME: home, AGENT_SDK_RUNTIME_DIR: runtimeDirectory(), LOG_LEVEL: "info", ...extra };
}

/** Where the server's log is, below its home. */
export function serverLog(home: string): string {
  return join(home, "server.log");
}

/** The built server of this repository as a process, with the embedded database below `home`. */
export class Server {
  readonly url: string;
  /** Resolves when the process has ended, with how. */
  readonly ended: Promise<string>;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, url: string, ended: Promise<string>) {
    this.#child = child;
    this.url = url;
    this.ended = ended;
  }

  /** Resolves when it answers. @throws Error with what it said when it could not start. */
  static async start(home: string, extra: Readonly<Record<string, string>>): Promise<Server> {
    const child = spawn(process.execPath, [program], { env: environment(home, extra), stdio: ["ignore", "pipe", "pipe"] });
    const log = createWriteStream(serverLog(home), { flags: "a" });
    const ended = new Promise<string>((resolve) => {
      child.once("close", (code, signal) => resolve(signal ?? `exit code ${String(code)}`));
    });
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said = (said + text).slice(-2000);
      log.write(text);
    });
    const ready = new Promise<string>((resolve) => {
      createInterface({ input: child.stdout }).on("line", (line) => {
        log.write(`${line}\n`);
        const { msg, url } = JSON.parse(line) as { readonly msg?: string; readonly url?: string };
        if (msg === "ready" && url !== undefined) resolve(url);
      });
    });
    const url = await Promise.race([ready, ended.then(() => null)]);
    if (url === null) throw new Error(`The server could not start (${await ended}): ${said.trim()}`);
    return new Server(child, url, ended);
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Ends it in order. */
  async stop(): Promise<void> {
    this.#child.kill("SIGTERM");
    await this.ended;
  }
}
