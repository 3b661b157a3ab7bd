import { randomUUID } from "node:crypto";
import { chmod, copyFile, mkdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { createServer, type AddressInfo } from "node:net";
import { once } from "node:events";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { scriptedAgentPath } from "@agent-sdk/scripted-agent";
import { Child } from "../processes/child.ts";
import { killMarkedBy } from "../processes/proc.ts";
import { type AcpMessage, chunkText, initializeParams, textPrompt } from "./acp.ts";
import { HttpClient } from "./http.ts";
import type { Conversation, OnUpdate, Surroundings, System } from "./system.ts";

/** The daemon's executable, in the package of this platform. Its install script, which only makes it executable, is not run. */
function daemonPath(): string {
  const fromPackage = createRequire(import.meta.resolve("sandbox-agent"));
  const fromCli = createRequire(fromPackage.resolve("@sandbox-agent/cli/package.json"));
  const folder = dirname(fromCli.resolve(`@sandbox-agent/cli-${process.platform}-${process.arch}/package.json`));
  return join(folder, "bin", "sandbox-agent");
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/**
 * It starts only agents that it knows. The agent `mock` is a launcher in its data directory, and a launcher that is there is used as it is: ours
 * starts the scripted agent.
 */
async function installLauncher(dataDirectory: string): Promise<void> {
  const folder = join(dataDirectory, "sandbox-agent", "bin", "agent_processes");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "mock-acp"), `#!/bin/sh\nexec '${process.execPath}' '${scriptedAgentPath}'\n`, { mode: 0o755 });
}

async function untilHealthy(http: HttpClient): Promise<void> {
  for (;;) {
    try {
      return void (await http.call("GET", "/v1/health"));
    } catch {
      // It does not listen yet; the run as a whole is bounded.
      await delay(2);
    }
  }
}

class SandboxAgentConversation implements Conversation {
  readonly #http: HttpClient;
  readonly #path = `/v1/acp/${randomUUID()}`;
  readonly #home: string;
  #stream: { close(): void } | undefined;
  #onUpdate: OnUpdate = () => undefined;
  #nextId = 1;
  #sessionId = "";

  constructor(http: HttpClient, home: string) {
    this.#http = http;
    this.#home = home;
  }

  async start(): Promise<this> {
    await this.#request("initialize", initializeParams, "?agent=mock");
    this.#stream = await this.#http.stream("GET", this.#path, ({ data }) => {
      const text = chunkText(JSON.parse(data) as AcpMessage);
      if (text !== undefined) this.#onUpdate(text);
    });
    const { result } = await this.#request("session/new", { cwd: this.#home, mcpServers: [] });
    this.#sessionId = result?.sessionId ?? "";
    return this;
  }

  /** The answer comes in the body of the POST, not by the stream. */
  async #request(method: string, params: object, query = ""): Promise<AcpMessage> {
    const answer = await this.#http.json<AcpMessage>("POST", `${this.#path}${query}`, { jsonrpc: "2.0", id: this.#nextId++, method, params });
    if (answer.error) throw new Error(answer.error.message);
    return answer;
  }

  async prompt(script: string, onUpdate: OnUpdate): Promise<void> {
    this.#onUpdate = onUpdate;
    await this.#request("session/prompt", { sessionId: this.#sessionId, prompt: textPrompt(script) });
  }

  async exec(): Promise<void> {
    const { exitCode } = await this.#http.json<{ exitCode: number | null }>("POST", "/v1/processes/run", { command: "sh", args: ["-c", "true"] });
    if (exitCode !== 0) throw new Error(`true ended with ${String(exitCode)}`);
  }

  write(path: string, content: string): Promise<void> {
    return writeFile(join(this.#home, path), content);
  }

  async read(path: string): Promise<number> {
    return (await this.#http.call("GET", `/v1/fs/file?path=${encodeURIComponent(join(this.#home, path))}`)).body.length;
  }

  /** Its DELETE waits without end and leaves the agent running: the agents are ended with the daemon instead. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#stream?.close();
    return Promise.resolve();
  }
}

/** (iii) The nearest peer: its daemon on loopback, read through its event stream with the same reader as our server's. */
export async function startSandboxAgent({ directory }: Surroundings): Promise<System> {
  const home = join(directory, "home");
  const executable = join(directory, "daemon");
  await mkdir(home, { recursive: true });
  await installLauncher(directory);
  await copyFile(daemonPath(), executable);
  await chmod(executable, 0o755);
  const port = await freePort();
  const env = { PATH: process.env["PATH"], HOME: home, XDG_DATA_HOME: directory };
  const args = ["server", "--host", "127.0.0.1", "--port", String(port), "--no-token", "--no-telemetry"];
  const child = new Child(executable, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  const http = new HttpClient(`http://127.0.0.1:${port}`);
  await untilHealthy(http);
  return {
    name: "sandbox-agent",
    pid: child.pid,
    open: () => new SandboxAgentConversation(http, home).start(),
    async [Symbol.asyncDispose]() {
      http.close();
      await child[Symbol.asyncDispose]();
      // Its agents are processes of groups of their own and stay.
      await killMarkedBy(directory);
    },
  };
}
