import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { homedir } from "node:os";
import { join } from "node:path";
import { Readable, Writable } from "node:stream";
import { client, methods, ndJsonStream, type AnyMessage, type ClientContext } from "@agentclientprotocol/sdk";

const runtimeDirectory = process.env["AGENT_SDK_RUNTIME_DIR"] ?? join(homedir(), ".agent-sdk/runtimes");

/** Where the agents' runtimes are installed: one folder for each agent and version. */
export const adapterPath: string = join(
  runtimeDirectory,
  "claude/0.100.0/node_modules/@agentclientprotocol/claude-agent-acp/dist/index.js",
);

export interface ClaudeCode extends AsyncDisposable {
  readonly acp: ClientContext;
  readonly child: ChildProcess;
  readonly exited: Promise<unknown>;
  /** What the adapter wrote, before any handler saw it. */
  readonly messages: readonly AnyMessage[];
  stderr(): string;
}

/** Only these: a variable of this machine, such as IS_SANDBOX, changes what Claude Code does. */
function environment(home: string, modelUrl: string): Record<string, string> {
  return {
    PATH: process.env["PATH"] ?? "",
    HOME: home,
    ANTHROPIC_BASE_URL: modelUrl,
    ANTHROPIC_API_KEY: "test",
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
    CLAUDE_CODE_MAX_RETRIES: "1",
  };
}

/** The adapter's CLI survives a kill of the adapter alone, so the adapter gets a process group that is killed as one. */
function killGroup(child: ChildProcess): void {
  try {
    process.kill(-(child.pid ?? Number.NaN), "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Starts real Claude Code and answers its permission requests by the option of kind `allow_once`. */
export async function startClaudeCode(home: string, modelUrl: string): Promise<ClaudeCode> {
  const child = spawn(process.execPath, [adapterPath], { cwd: home, env: environment(home, modelUrl), detached: true });
  const exited = once(child, "exit");
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr = (stderr + text).slice(-10_000)));
  const messages: AnyMessage[] = [];
  const tap = new TransformStream<AnyMessage, AnyMessage>({
    transform(message, controller) {
      messages.push(message);
      controller.enqueue(message);
    },
  });
  const stream = ndJsonStream(Writable.toWeb(child.stdin), Readable.toWeb(child.stdout) as ReadableStream<Uint8Array>);
  const connection = client()
    .onRequest(methods.client.session.requestPermission, ({ params }) => {
      const option = params.options.find(({ kind }) => kind === "allow_once");
      return { outcome: option ? { outcome: "selected", optionId: option.optionId } : { outcome: "cancelled" } };
    })
    .onNotification("*", () => {})
    .connect({ writable: stream.writable, readable: stream.readable.pipeThrough(tap) });
  await connection.agent.request(methods.agent.initialize, { protocolVersion: 1, clientCapabilities: {} });
  return {
    acp: connection.agent,
    child,
    exited,
    messages,
    stderr: () => stderr,
    async [Symbol.asyncDispose]() {
      killGroup(child);
      await exited;
      connection.close();
    },
  };
}
