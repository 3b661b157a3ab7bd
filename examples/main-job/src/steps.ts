import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { Agent } from "@agent-sdk/client";
import type { DemoOptions } from "./options.ts";
import { demoFile, demoFileText, type Prompts } from "./prompts.ts";
import { began, Quote, say } from "./terminal.ts";
import { showTurn } from "./turn.ts";

/** Where the server is, and what ends the waiting. */
interface Place {
  readonly url: string;
  readonly signal: AbortSignal;
}

const secondProgram = fileURLToPath(new URL("./second-process.ts", import.meta.url));

async function listFiles(agent: Agent, signal: AbortSignal): Promise<readonly string[]> {
  const { tree } = await agent.api.getFileTree(await agent.sessionId(), { signal });
  // What begins with a dot is the agent's own.
  return tree.split("\n").filter((path) => path !== "" && !path.endsWith("/") && !path.split("/").some((part) => part.startsWith(".")));
}

async function showFile(agent: Agent, path: string, signal: AbortSignal): Promise<string> {
  const file = await agent.api.readFile(await agent.sessionId(), path, { signal });
  const content = "content" in file ? file.content : "(not text)";
  say(`file ${path}:`);
  const quote = new Quote();
  quote.write(content);
  quote.end();
  return content;
}

async function checkFiles(agent: Agent, options: DemoOptions, signal: AbortSignal): Promise<void> {
  const files = await listFiles(agent, signal);
  if (options.prompt !== undefined) {
    if (files.length === 0) say("the agent wrote no file");
    for (const path of files.slice(0, 5)) await showFile(agent, path, signal);
    return;
  }
  if (!files.includes(demoFile)) throw new Error(`The agent was asked to write ${demoFile} and did not: the session has ${files.length === 0 ? "no files" : files.join(", ")}.`);
  const content = await showFile(agent, demoFile, signal);
  if (content.trim() !== demoFileText) throw new Error(`${demoFile} is there, but its content is not ${JSON.stringify(demoFileText)}.`);
}

/** The first process's part: a new session, one prompt, its file. Answers the session's id; its sandbox is released then. */
export async function firstTurn(options: DemoOptions, prompts: Prompts, { url, signal }: Place): Promise<string> {
  await using agent = new Agent("demo", { apiUrl: url, agent_type: options.agent, provider: options.provider });
  const sessionId = await agent.sessionId({ signal });
  say(`process ${process.pid} made session ${sessionId}; prompt:`);
  const quote = new Quote();
  quote.write(prompts.first);
  quote.end();
  say(`${options.agent} in a sandbox of ${options.provider}:`);
  await showTurn(agent, prompts.first, { signal });
  await checkFiles(agent, options, signal);
  return sessionId;
}

/**
 * Another process goes on with the session.
 * @throws Error when it failed, or when its agent does not know `codeWord`.
 */
export async function secondTurn(sessionId: string, prompts: Prompts, codeWord: string, { url, signal }: Place): Promise<void> {
  const child = fork(secondProgram, [sessionId, prompts.recall], { env: { ...process.env, AGENT_API_URL: url, DEMO_BEGAN_AT: String(began) }, signal });
  let text = "";
  child.on("message", (message: { readonly text: string }) => {
    text = message.text;
  });
  const [code] = (await once(child, "exit", { signal })) as [number | null];
  if (code !== 0) throw new Error("The second process could not go on with the session.");
  if (!text.includes(codeWord)) throw new Error(`The agent did not recall the first prompt: its answer does not have the code word ${codeWord}.`);
}
