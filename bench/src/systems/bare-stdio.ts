import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable, Writable } from "node:stream";
import { client, methods, ndJsonStream } from "@agentclientprotocol/sdk";
import { scriptedAgentPath } from "@agent-sdk/scripted-agent";
import { initializeParams, textPrompt } from "./acp.ts";
import type { Conversation, OnUpdate, Surroundings, System } from "./system.ts";

async function runTrue(): Promise<void> {
  const [code] = (await once(spawn("sh", ["-c", "true"], { stdio: "ignore" }), "exit")) as [number | null];
  if (code !== 0) throw new Error(`true ended with ${String(code)}`);
}

async function openConversation(directory: string): Promise<Conversation> {
  const home = await mkdtemp(join(directory, "home-"));
  const child = spawn(process.execPath, [scriptedAgentPath], { env: { PATH: process.env["PATH"], HOME: home }, stdio: ["pipe", "pipe", "ignore"] });
  let onUpdate: OnUpdate = () => undefined;
  const connection = client()
    .onNotification(methods.client.session.update, ({ params: { update } }) => {
      if (update.sessionUpdate === "agent_message_chunk" && update.content.type === "text") onUpdate(update.content.text);
    })
    .connect(ndJsonStream(Writable.toWeb(child.stdin), Readable.toWeb(child.stdout) as ReadableStream<Uint8Array>));
  await connection.agent.request(methods.agent.initialize, initializeParams);
  const { sessionId } = await connection.agent.request(methods.agent.session.new, { cwd: home, mcpServers: [] });
  return {
    async prompt(script, listener) {
      onUpdate = listener;
      await connection.agent.request(methods.agent.session.prompt, { sessionId, prompt: [...textPrompt(script)] });
    },
    exec: runTrue,
    write: (path, content) => writeFile(join(home, path), content),
    read: async (path) => (await readFile(join(home, path))).length,
    async [Symbol.asyncDispose]() {
      const exited = once(child, "exit");
      connection.close();
      child.kill("SIGKILL");
      await exited;
    },
  };
}

/** (i) The agent as a child of this process, through the official ACP SDK: nothing between the two, nothing stored. */
export function startBareStdio({ directory }: Surroundings): System {
  return {
    name: "bare-stdio",
    pid: undefined,
    open: () => openConversation(directory),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
