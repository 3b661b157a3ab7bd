import { appendFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { methods } from "@agentclientprotocol/sdk";
import { afterEach, beforeEach, expect, test } from "vitest";
import { script } from "../src/index.ts";
import { runAgent, temporaryHome, texts, type RunningAgent } from "./run-agent.ts";

let home: Awaited<ReturnType<typeof temporaryHome>>;
beforeEach(async () => (home = await temporaryHome()));
afterEach(() => home[Symbol.asyncDispose]());

const start = (environment: Record<string, string> = {}) => runAgent({ home: home.path, environment });
const open = async (agent: RunningAgent) =>
  (await agent.acp.request(methods.agent.session.new, { cwd: home.path, mcpServers: [] })).sessionId;
const prompt = (agent: RunningAgent, sessionId: string, ...lines: string[]) =>
  agent.acp.request(methods.agent.session.prompt, { sessionId, prompt: [{ type: "text", text: script.lines(...lines) }] });
const load = (agent: RunningAgent, sessionId: string) =>
  agent.acp.request(methods.agent.session.load, { sessionId, cwd: home.path, mcpServers: [] });

/** A session with one answered prompt, whose agent was then killed, half a line written. */
async function killedSession(): Promise<string> {
  await using agent = await start();
  const sessionId = await open(agent);
  await prompt(agent, sessionId, "remember the plum");
  agent.child.kill("SIGKILL");
  await agent.exited;
  await appendFile(join(home.path, ".scripted-agent/sessions", `${sessionId}.jsonl`), '{"type":"agent","te');
  return sessionId;
}

test("load after kill -9 replays the history before it answers, and the conversation goes on", async () => {
  const sessionId = await killedSession();
  await using agent = await start();
  await load(agent, sessionId);
  const replayed = agent.notifications.map(({ update }) => update);
  expect(replayed).toMatchObject([
    { sessionUpdate: "user_message_chunk", content: { text: "remember the plum" } },
    { sessionUpdate: "agent_message_chunk", content: { text: "echo: remember the plum" } },
  ]);
  await prompt(agent, sessionId, script.recall());
  expect(texts(agent).at(-1)).toBe("remember the plum");

  await using third = await start();
  await load(third, sessionId);
  expect(texts(third, "user_message_chunk")).toEqual(["remember the plum", "/recall"]);
});

test("resume remembers without a replay", async () => {
  const sessionId = await killedSession();
  await using agent = await start();
  await agent.acp.request(methods.agent.session.resume, { sessionId, cwd: home.path });
  expect(agent.notifications).toEqual([]);
  await prompt(agent, sessionId, script.recall());
  expect(texts(agent)).toEqual(["remember the plum"]);
});

test("a turn that was killed in the middle is remembered", async () => {
  await using agent = await start();
  const sessionId = await open(agent);
  await expect(prompt(agent, sessionId, "first", script.say("half"), script.die({ signal: "SIGKILL" }))).rejects.toThrow();
  await using next = await start();
  await load(next, sessionId);
  expect(texts(next)).toEqual(["echo: firsthalf"]);
});

test.each(["no-such-id", "../../etc/passwd", "00000000-0000-4000-8000-000000000000"])("loading %s is not found", async (sessionId) => {
  await using agent = await start();
  await expect(load(agent, sessionId)).rejects.toMatchObject({ code: -32002 });
});

test("a session that never had a prompt cannot be loaded", async () => {
  await using agent = await start();
  const sessionId = await open(agent);
  await using next = await start();
  await expect(load(next, sessionId)).rejects.toMatchObject({ code: -32002 });
});

test("capabilities can be turned off", async () => {
  await using agent = await start({ SCRIPTED_AGENT_CAPABILITIES: "" });
  const { agentCapabilities } = await agent.acp.request(methods.agent.initialize, { protocolVersion: 1 });
  expect(agentCapabilities).toEqual({ loadSession: false, sessionCapabilities: { list: {}, close: {} } });
  await expect(load(agent, "any")).rejects.toMatchObject({ code: -32601 });

  await using full = await start();
  const initialized = await full.acp.request(methods.agent.initialize, { protocolVersion: 1 });
  expect(initialized.agentCapabilities).toMatchObject({ loadSession: true, sessionCapabilities: { resume: {} } });
});

test("mode and model are set, refused when unknown, and forgotten by a restore", async () => {
  const sessionId = await killedSession();
  await using agent = await start();
  const restored = await load(agent, sessionId);
  expect(restored.modes?.currentModeId).toBe("default");
  const set = (configId: string, value: string) => agent.acp.request(methods.agent.session.setConfigOption, { sessionId, configId, value });
  const { configOptions } = await set("model", "scripted-large");
  expect(configOptions.find(({ id }) => id === "model")).toMatchObject({ type: "select", currentValue: "scripted-large" });
  await agent.acp.request(methods.agent.session.setMode, { sessionId, modeId: "careful" });
  await expect(set("model", "unheard-of")).rejects.toMatchObject({ code: -32602 });
  await expect(set("colour", "green")).rejects.toMatchObject({ code: -32602 });
  await prompt(agent, sessionId, script.config());
  expect(texts(agent).at(-1)).toBe("model=scripted-large mode=careful");
});

test("list and close", async () => {
  const sessionId = await killedSession();
  await using agent = await start();
  const { sessions } = await agent.acp.request(methods.agent.session.list, {});
  expect(sessions).toMatchObject([{ sessionId, cwd: home.path, title: "remember the plum" }]);
  await load(agent, sessionId);
  await agent.acp.request(methods.agent.session.close, { sessionId });
  await expect(prompt(agent, sessionId, "closed")).rejects.toMatchObject({ code: -32002 });
  expect(await readdir(join(home.path, ".scripted-agent/sessions"))).toEqual([`${sessionId}.jsonl`]);
});

test("exits at the end of stdin, or stays when told so", async () => {
  await using agent = await start();
  agent.child.stdin?.end();
  expect(await agent.exited).toEqual({ code: 0, signal: null });

  await using stubborn = await start({ SCRIPTED_AGENT_IGNORE_STDIN_END: "1" });
  const sessionId = await open(stubborn);
  await prompt(stubborn, sessionId, script.say("here"));
  stubborn.child.stdin?.end();
  const ended = await Promise.race([stubborn.exited, new Promise((done) => setTimeout(done, 300, "running"))]);
  expect(ended).toBe("running");
});

test("a line that is not JSON is answered with a parse error, and an unknown method as such", async () => {
  await using agent = await start();
  agent.child.stdin?.write("not json\n");
  await expect.poll(() => agent.messages).toMatchObject([{ id: null, error: { code: -32700 } }]);
  await expect(agent.acp.request("session/unknown", {})).rejects.toMatchObject({ code: -32601 });
});
