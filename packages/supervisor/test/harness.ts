import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Writable } from "node:stream";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type AgentLaunch, type JournalRecord, type SupervisorClient, type SupervisorEndpoint, systemEnv } from "@agent-sdk/core";
import { supervisorBundlePath, supervisorNodeFlags, supervisorVariables, type SupervisorReady } from "../src/index.ts";
import { supervisorTransport } from "../src/client/index.ts";

export const token = "test-token";
export const agentPath: string = fileURLToPath(new URL("./fixtures/agent.mjs", import.meta.url));

export interface RunningSupervisor extends AsyncDisposable {
  readonly process: ChildProcess;
  readonly endpoint: SupervisorEndpoint;
  readonly client: SupervisorClient;
  readonly ready: SupervisorReady;
  readonly directory: string;
  readonly root: string;
  /** Ends it like a crash and starts another on the same state. */
  restart(signal: NodeJS.Signals): Promise<RunningSupervisor>;
}

export interface StartOptions {
  readonly directory?: string;
  readonly listen?: "tcp" | "unix";
  readonly journalBytes?: number;
  /** What is put before the command, given the state directory: a namespace for instance. */
  readonly wrapper?: (state: string) => readonly string[];
}

async function waitReady(child: ChildProcess): Promise<SupervisorReady> {
  for await (const line of createInterface({ input: child.stdout! })) return JSON.parse(line) as SupervisorReady;
  throw new Error("The supervisor ended before it was ready.");
}

async function endProcess(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill(signal);
  await exited;
}

export async function startSupervisor(options: StartOptions = {}): Promise<RunningSupervisor> {
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), "agent-sdk-supervisor-")));
  const root = join(directory, "root");
  await mkdir(root, { recursive: true });
  const socket = join(directory, "s.sock");
  const [command, ...arguments_] = [...(options.wrapper?.(join(directory, "state")) ?? []), process.execPath, ...supervisorNodeFlags, supervisorBundlePath];
  const child = spawn(command, arguments_, {
    env: {
      PATH: process.env["PATH"],
      HOME: root,
      [supervisorVariables.tokenDescriptor]: "3",
      [supervisorVariables.listen]: options.listen === "unix" ? `unix:${socket}` : "tcp:127.0.0.1:0",
      [supervisorVariables.state]: join(directory, "state"),
      [supervisorVariables.root]: root,
      [supervisorVariables.readyFile]: join(directory, "ready.json"),
      ...(options.journalBytes === undefined ? {} : { [supervisorVariables.journalBytes]: String(options.journalBytes) }),
    },
    stdio: ["ignore", "pipe", "inherit", "pipe"],
  });
  (child.stdio[3] as Writable).end(token);
  const ready = await waitReady(child);
  const endpoint = ready.socket === undefined ? { url: `http://127.0.0.1:${ready.port}`, token } : { url: "http://supervisor", socketPath: ready.socket, token };
  const client = supervisorTransport(systemEnv()).connect(endpoint);
  return {
    process: child,
    endpoint,
    client,
    ready,
    directory,
    root,
    async restart(signal) {
      await client[Symbol.asyncDispose]();
      await endProcess(child, signal);
      return startSupervisor({ ...options, directory });
    },
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await endProcess(child, "SIGTERM");
      await rm(directory, { recursive: true, force: true });
    },
  };
}

export function launch(overrides: Partial<AgentLaunch> = {}): AgentLaunch {
  return { command: process.execPath, args: [agentPath], env: {}, cwd: "/", ...overrides };
}

/** Starts the fixture agent as run `runId` and opens its session: two answers and an update, so the next record is the fourth. */
export async function startRun(client: SupervisorClient, runId = "run", overrides: Partial<AgentLaunch> = {}): Promise<void> {
  await client.startAgent(runId, launch(overrides), { generation: 1 });
  await client.send(runId, { jsonrpc: "2.0", id: "init", method: "initialize", params: { protocolVersion: 1 } }, { generation: 1 });
  await client.send(runId, { jsonrpc: "2.0", id: "new", method: "session/new", params: { cwd: "/", mcpServers: [] } }, { generation: 1 });
  await collect(client, { runId, isLast: (record) => textOf(record) === "hello" });
}

export async function prompt(client: SupervisorClient, text: string, id = "prompt", runId = "run"): Promise<void> {
  const params = { sessionId: "session-1", prompt: [{ type: "text", text }] };
  await client.send(runId, { jsonrpc: "2.0", id, method: "session/prompt", params }, { generation: 1 });
}

/** The records after `after`, until `isLast` says so or the run has ended. */
export async function collect(client: SupervisorClient, options: { readonly after?: number; readonly runId?: string; readonly isLast?: (record: JournalRecord) => boolean } = {}): Promise<JournalRecord[]> {
  const records: JournalRecord[] = [];
  for await (const batch of client.journal(options.runId ?? "run", { after: options.after ?? 0 })) {
    for (const record of batch) {
      records.push(record);
      if (options.isLast?.(record)) return records;
    }
  }
  return records;
}

/** Recognises the answer to the request `id`. */
export function answers(id: string): (record: JournalRecord) => boolean {
  return (record) => {
    const message = JSON.parse(record.message) as { id?: unknown; method?: unknown };
    return message.id === id && message.method === undefined;
  };
}

/** The text of an update; undefined for other messages. */
export function textOf(record: JournalRecord): string | undefined {
  const message = JSON.parse(record.message) as { params?: { update?: { content?: { text?: string } } } };
  return message.params?.update?.content?.text;
}

/** A zombie runs nothing, and an orphan's may stay for a while. */
export async function isRunning(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, "latin1").catch(() => "0 (gone) Z");
  return !/\) [ZX] /.test(`${stat} `);
}
