import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, open, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { HostMessage } from "./host.ts";
import { serverLog } from "./server.ts";

type Ready = Extract<HostMessage, { readonly type: "ready" }>;

const program = fileURLToPath(new URL("./host.ts", import.meta.url));

/** The demo's side of the process that holds its server. */
export class HostProcess {
  readonly home: string;
  readonly #child: ChildProcess;
  readonly #ready = Promise.withResolvers<Ready>();
  readonly #abort = new AbortController();

  private constructor(child: ChildProcess, home: string) {
    this.#child = child;
    this.home = home;
    const fail = (message: string): void => {
      this.#ready.reject(new Error(message));
      this.#abort.abort(new Error(message));
    };
    child.on("message", (message: HostMessage) => (message.type === "ready" ? this.#ready.resolve(message) : fail(message.message)));
    child.once("exit", () => fail("The demo's server process ended."));
    // Whoever asks for it later is told; nobody may have asked when it fails.
    this.#ready.promise.catch(() => undefined);
  }

  /** Starts it in a session of its own: Ctrl-C goes to the demo, which then ends it in order. */
  static async start(agent: string): Promise<HostProcess> {
    const home = await mkdtemp(join(tmpdir(), "agent-sdk-demo-"));
    await using log = await open(serverLog(home), "a");
    const child = fork(program, [home, agent], { detached: true, stdio: ["ignore", log.fd, log.fd, "ipc"] });
    return new HostProcess(child, home);
  }

  /** Resolves when the server answers. @throws Error with a sentence when it could not be started. */
  get ready(): Promise<Ready> {
    return this.#ready.promise;
  }

  /** Aborted when the server is gone, with a sentence. */
  get failed(): AbortSignal {
    return this.#abort.signal;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Warnings and errors of the server's log, the last ones, and lines that are not of the log. */
  async troubles(): Promise<readonly string[]> {
    const text = await readFile(serverLog(this.home), "utf8").catch(() => "");
    const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith('{"level":"info"'));
    return lines.slice(-20);
  }

  /** Lets it run on without the demo. */
  async keep(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#child.send("keep", (error) => (error ? reject(error) : resolve()));
    });
    this.#child.disconnect();
    this.#child.unref();
  }

  /** Ends the server, its sandboxes and the model, and removes the directory. @throws Error when something may be left. */
  async stop(): Promise<void> {
    const running = this.#child.exitCode === null && this.#child.signalCode === null;
    const exited = running ? once(this.#child, "exit") : Promise.resolve([this.#child.exitCode]);
    if (this.#child.connected) this.#child.disconnect();
    const [code] = (await exited) as [number | null];
    if (code === 0) return;
    const why = (await this.troubles()).at(-1) ?? "no reason is known";
    await rm(this.home, { recursive: true, force: true, maxRetries: 5 });
    throw new Error(`The demo's server could not be ended in order: ${why}`);
  }
}
