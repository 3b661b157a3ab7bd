import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable, Writable } from "node:stream";
import {
  client,
  methods,
  ndJsonStream,
  type AnyMessage,
  type ClientContext,
  type PermissionOptionKind,
  type SessionNotification,
} from "@agentclientprotocol/sdk";
import { scriptedAgentPath } from "../src/index.ts";

export interface RunningAgent extends AsyncDisposable {
  readonly acp: ClientContext;
  readonly child: ChildProcess;
  /** The official client's own view of the updates. */
  readonly notifications: readonly SessionNotification[];
  /** Everything the agent wrote, before any handler saw it. */
  readonly messages: readonly AnyMessage[];
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  stderr(): string;
}

export interface RunOptions {
  readonly home: string;
  readonly environment?: Record<string, string>;
  readonly permission?: PermissionOptionKind | "cancelled" | "never";
}

async function answerPermission(wanted: RunOptions["permission"], options: ReadonlyArray<{ optionId: string; kind: string }>) {
  if (wanted === "never") return new Promise<never>(() => {});
  const chosen = options.find((option) => option.kind === (wanted ?? "allow_once"));
  if (!chosen) return { outcome: { outcome: "cancelled" as const } };
  return { outcome: { outcome: "selected" as const, optionId: chosen.optionId } };
}

/** Starts the agent as a real process and connects the official client to its stdio. */
export async function runAgent({ home, environment, permission }: RunOptions): Promise<RunningAgent> {
  const env = { PATH: process.env["PATH"] ?? "", HOME: home, ...environment };
  const child = spawn(process.execPath, [scriptedAgentPath], { env, stdio: ["pipe", "pipe", "pipe"] });
  const exited = once(child, "exit").then(([code, signal]) => ({ code, signal }));
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));

  const messages: AnyMessage[] = [];
  const notifications: SessionNotification[] = [];
  const stream = ndJsonStream(Writable.toWeb(child.stdin), Readable.toWeb(child.stdout) as ReadableStream<Uint8Array>);
  const tap = new TransformStream<AnyMessage, AnyMessage>({
    transform(message, controller) {
      messages.push(message);
      controller.enqueue(message);
    },
  });
  const connection = client()
    .onNotification(methods.client.session.update, ({ params }) => void notifications.push(params))
    .onRequest(methods.client.session.requestPermission, ({ params }) => answerPermission(permission, params.options))
    .connect({ writable: stream.writable, readable: stream.readable.pipeThrough(tap) });

  return {
    acp: connection.agent,
    child,
    notifications,
    messages,
    exited,
    stderr: () => stderr,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await exited;
      connection.close();
    },
  };
}

export async function temporaryHome(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "scripted-agent-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

export function texts(agent: RunningAgent, kind = "agent_message_chunk"): string[] {
  return agent.notifications.flatMap(({ update }) =>
    update.sessionUpdate === kind && "content" in update && update.content && "text" in update.content ? [update.content.text] : [],
  );
}
