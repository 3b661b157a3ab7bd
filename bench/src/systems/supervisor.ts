import { randomUUID } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type JsonRpcMessage, type SupervisorClient, systemEnv } from "@agent-sdk/core";
import { scriptedAgentPath } from "@agent-sdk/scripted-agent";
import { supervisorBundlePath, supervisorNodeFlags, type SupervisorReady, supervisorVariables } from "@agent-sdk/supervisor";
import { supervisorTransport } from "@agent-sdk/supervisor/client";
import { Child } from "../processes/child.ts";
import { type AcpMessage, Answers, chunkText, initializeParams, textPrompt } from "./acp.ts";
import type { Conversation, OnUpdate, Surroundings, System } from "./system.ts";

const fenced = { generation: 1 };

class SupervisorConversation implements Conversation {
  readonly #client: SupervisorClient;
  readonly #runId: string = randomUUID();
  readonly #answers = new Answers();
  readonly #closing = new AbortController();
  #reading: Promise<void> = Promise.resolve();
  #onUpdate: OnUpdate = () => undefined;
  #position = 0;
  #nextId = 1;
  #sessionId = "";

  constructor(client: SupervisorClient) {
    this.#client = client;
  }

  async start(cwd: string): Promise<this> {
    await this.#client.startAgent(this.#runId, { command: process.execPath, args: [scriptedAgentPath], env: {}, cwd }, fenced);
    this.#reading = this.#read();
    await this.#request("initialize", initializeParams);
    const { result } = await this.#request("session/new", { cwd, mcpServers: [] });
    this.#sessionId = result?.sessionId ?? "";
    return this;
  }

  async #read(): Promise<void> {
    try {
      for await (const batch of this.#client.journal(this.#runId, { after: 0, signal: this.#closing.signal })) {
        for (const { message } of batch) this.#take(JSON.parse(message) as AcpMessage);
        this.#position = batch.at(-1)?.position ?? this.#position;
      }
    } catch (error) {
      if (!this.#closing.signal.aborted) this.#answers.fail(error as Error);
    }
  }

  #take(message: AcpMessage): void {
    const text = chunkText(message);
    if (text === undefined) this.#answers.take(message);
    else this.#onUpdate(text);
  }

  async #request(method: string, params: object): Promise<AcpMessage> {
    const id = this.#nextId++;
    const answer = this.#answers.wait(id);
    await this.#client.send(this.#runId, { jsonrpc: "2.0", id, method, params } as JsonRpcMessage, fenced);
    return answer;
  }

  async prompt(script: string, onUpdate: OnUpdate): Promise<void> {
    this.#onUpdate = onUpdate;
    await this.#request("session/prompt", { sessionId: this.#sessionId, prompt: textPrompt(script) });
    await this.#client.acknowledge(this.#runId, this.#position, fenced);
  }

  async exec(): Promise<void> {
    const { exitCode } = await this.#client.exec({ command: "true", timeoutMs: 10_000 });
    if (exitCode !== 0) throw new Error(`true ended with ${String(exitCode)}`);
  }

  async write(path: string, content: string): Promise<void> {
    await this.#client.files.upload(path, new TextEncoder().encode(content));
  }

  async read(path: string): Promise<number> {
    return (await this.#client.files.read(path)).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.stopAgent(this.#runId, { ...fenced, graceMs: 500 });
    this.#closing.abort();
    await this.#reading;
  }
}

/** (ii) Our supervisor alone: a unix socket, as the local provider uses it, the journal on disk, read as a stream by our own client. */
export async function startSupervisor({ directory, profileFlags }: Surroundings): Promise<System> {
  const root = join(directory, "root");
  await mkdir(root, { recursive: true });
  const token = randomUUID();
  const env = {
    PATH: process.env["PATH"],
    HOME: root,
    [supervisorVariables.token]: token,
    [supervisorVariables.listen]: `unix:${join(directory, "s")}`,
    [supervisorVariables.state]: join(directory, "state"),
    [supervisorVariables.root]: root,
  };
  const child = new Child(process.execPath, [...supervisorNodeFlags, ...profileFlags, supervisorBundlePath], { env, stdio: ["ignore", "pipe", "pipe"] });
  const ready = JSON.parse(await child.line((line) => line.startsWith("{"))) as SupervisorReady;
  const client = supervisorTransport(systemEnv()).connect({ url: "http://supervisor", socketPath: ready.socket, token });
  return {
    name: "supervisor",
    pid: child.pid,
    open: () => new SupervisorConversation(client).start(root),
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await child[Symbol.asyncDispose]();
    },
  };
}
