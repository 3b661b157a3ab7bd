import { randomBytes } from "node:crypto";
import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import { scriptedAgentPath } from "@agent-sdk/scripted-agent";
import { Child } from "../processes/child.ts";
import { type AcpMessage, Answers, chunkText } from "./acp.ts";
import { HttpClient } from "./http.ts";
import type { Conversation, OnUpdate, Surroundings, System, SystemName } from "./system.ts";

const mainPath = fileURLToPath(new URL("./main.js", import.meta.resolve("@agent-sdk/server")));

export interface ServerOptions extends Surroundings {
  readonly name: SystemName;
  /** Absent: the embedded database. */
  readonly databaseUrl?: string | undefined;
  readonly isolation: "namespace" | "process";
}

/** A session of the server; its events come by one stream that stays open. */
export class ServerConversation implements Conversation {
  readonly id: string;
  readonly #http: HttpClient;
  readonly #answers = new Answers();
  #stream: { close(): void } | undefined;
  #onUpdate: OnUpdate = () => undefined;

  constructor(http: HttpClient, id: string) {
    this.#http = http;
    this.id = id;
  }

  async follow(): Promise<this> {
    this.#stream = await this.#http.stream("GET", `/sessions/${this.id}/events?after=0`, ({ data }) => this.#take(JSON.parse(data) as AcpMessage));
    return this;
  }

  #take(message: AcpMessage): void {
    const text = chunkText(message);
    if (message.method === "_agent_sdk/goodbye") this.#answers.fail(new Error(`the server ended the stream: ${String(message.params?.reason)}`));
    else if (text === undefined) this.#answers.take(message);
    else this.#onUpdate(text);
  }

  /** `POST …/message`, and the updates by the stream that is open. */
  async prompt(script: string, onUpdate: OnUpdate): Promise<void> {
    this.#onUpdate = onUpdate;
    const id = randomUUID();
    const answer = this.#answers.wait(id);
    await this.#http.call("POST", `/sessions/${this.id}/message`, { message: script, rpc_id: id });
    await answer;
  }

  /** `POST …/message+stream`: the prompt and its updates in one exchange. */
  async promptAndStream(script: string, onUpdate: OnUpdate): Promise<void> {
    this.#onUpdate = onUpdate;
    const id = randomUUID();
    const answer = this.#answers.wait(id);
    const body = { message: script, rpc_id: id };
    const { ended } = await this.#http.stream("POST", `/sessions/${this.id}/message+stream`, ({ data }) => this.#take(JSON.parse(data) as AcpMessage), body);
    await answer;
    await ended;
  }

  async exec(): Promise<void> {
    const { exit_code: exitCode } = await this.#http.json<{ exit_code: number | null }>("POST", `/sessions/${this.id}/sandbox/exec`, { command: "true" });
    if (exitCode !== 0) throw new Error(`true ended with ${String(exitCode)}`);
  }

  async write(path: string, content: string): Promise<void> {
    await this.#http.call("POST", `/sessions/${this.id}/files/upload`, { path, content: Buffer.from(content).toString("base64") });
  }

  async read(path: string): Promise<number> {
    return (await this.#http.json<{ content: string }>("GET", `/sessions/${this.id}/files/read?path=${encodeURIComponent(path)}`)).content.length;
  }

  async release(): Promise<void> {
    await this.#http.call("POST", `/sessions/${this.id}/release`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stream?.close();
    await this.#http.call("DELETE", `/sessions/${this.id}`);
  }
}

export interface ServerSystem extends System {
  /** Makes a session with its sandbox, and opens no stream. */
  create(): Promise<ServerConversation>;
  open(): Promise<ServerConversation>;
}

function environment({ directory, databaseUrl, isolation }: ServerOptions): NodeJS.ProcessEnv {
  return {
    PATH: process.env["PATH"],
    HOME: directory,
    AGENT_SDK_HOME: directory,
    AGENT_SDK_ISOLATION: isolation,
    AGENT_SDK_DEMO_AGENT: scriptedAgentPath,
    PORT: "0",
    ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl, AGENT_SDK_ENCRYPTION_KEYS: `bench:${randomBytes(32).toString("base64")}` }),
  };
}

/** (iv) The whole path: this client, the built server as a process of its own, a sandbox of the local provider, every event stored. */
export async function startServer(options: ServerOptions): Promise<ServerSystem> {
  const child = new Child(process.execPath, [...options.profileFlags, mainPath], { env: environment(options), stdio: ["ignore", "pipe", "pipe"] });
  const { url } = JSON.parse(await child.line((line) => line.startsWith("{") && (JSON.parse(line) as { msg?: string }).msg === "ready")) as { url: string };
  const http = new HttpClient(url);
  const create = async (): Promise<ServerConversation> => {
    const { session_id: id } = await http.json<{ session_id: string }>("POST", "/sessions", { agent_type: "demo", provider: "unix_local" });
    return new ServerConversation(http, id);
  };
  return {
    name: options.name,
    pid: child.pid,
    create,
    open: async () => (await create()).follow(),
    async [Symbol.asyncDispose]() {
      http.close();
      await child[Symbol.asyncDispose]();
    },
  };
}
