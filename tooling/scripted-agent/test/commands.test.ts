import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { methods, type PromptResponse } from "@agentclientprotocol/sdk";
import { afterEach, beforeEach, expect, test } from "vitest";
import { epochMicroseconds, readEmitted, script } from "../src/index.ts";
import { runAgent, temporaryHome, texts, type RunningAgent, type RunOptions } from "./run-agent.ts";

let home: Awaited<ReturnType<typeof temporaryHome>>;
beforeEach(async () => (home = await temporaryHome()));
afterEach(() => home[Symbol.asyncDispose]());

async function open(options: Partial<RunOptions> = {}) {
  const agent = await runAgent({ home: home.path, ...options });
  await agent.acp.request(methods.agent.initialize, { protocolVersion: 1 });
  const { sessionId } = await agent.acp.request(methods.agent.session.new, { cwd: home.path, mcpServers: [] });
  const prompt = (...lines: string[]): Promise<PromptResponse> =>
    agent.acp.request(methods.agent.session.prompt, { sessionId, prompt: [{ type: "text", text: script.lines(...lines) }] });
  return { agent, sessionId, prompt, [Symbol.asyncDispose]: () => agent[Symbol.asyncDispose]() };
}

const updateNumbers = (agent: RunningAgent) =>
  agent.notifications.map(({ _meta }) => (_meta?.["scripted-agent"] as { update: number } | undefined)?.update);

test("echoes plain text and says what it is told", async () => {
  await using run = await open();
  expect(await run.prompt("hello", "there")).toEqual({ stopReason: "end_turn" });
  await run.prompt(script.say("one"), "two", script.say("three\nlines"), script.quote());
  expect(texts(run.agent)).toEqual([
    "echo: hello\nthere",
    "one",
    "echo: two",
    "three\nlines",
    '{"stopReason":"end_turn"} {"error":{"code":-32603}} data: [DONE]',
  ]);
});

test("floods without a gap or a double, stamped with times of this machine's clock", async () => {
  await using run = await open();
  const before = epochMicroseconds();
  await run.prompt(script.emit({ count: 20_000, size: 120, stamp: true }), script.emit({ count: 5 }));
  const emitted = texts(run.agent).map(readEmitted);
  expect(emitted.map((update) => update?.number)).toEqual(Array.from({ length: 20_005 }, (_, index) => index + 1));
  expect(updateNumbers(run.agent)).toEqual(Array.from({ length: 20_005 }, (_, index) => index + 1));
  expect(texts(run.agent)[0]).toHaveLength(120);
  expect(emitted[0]?.sentAtMicroseconds).toBeGreaterThan(before - 1_000_000);
});

test("paces, and a cancel stops it", async () => {
  await using run = await open();
  const turn = run.prompt(script.emit({ count: 100_000, ratePerSecond: 200 }));
  await expect.poll(() => texts(run.agent).length).toBeGreaterThan(3);
  await run.agent.acp.notify(methods.agent.session.cancel, { sessionId: run.sessionId });
  expect(await turn).toEqual({ stopReason: "cancelled" });
  expect(texts(run.agent).length).toBeLessThan(100_000);
});

test.each([script.hang(), script.sleep(600_000), script.emit({ count: 1e9 })])("%s ends by a cancel", async (line) => {
  await using run = await open();
  const turn = run.prompt(script.say("begun"), line);
  await expect.poll(() => texts(run.agent)[0]).toBe("begun");
  await run.agent.acp.notify(methods.agent.session.cancel, { sessionId: run.sessionId });
  expect(await turn).toEqual({ stopReason: "cancelled" });
  expect(await run.prompt("next")).toEqual({ stopReason: "end_turn" });
});

test("a hang that ignores cancels stays, and no second prompt overlaps it", async () => {
  await using run = await open();
  const turn = run.prompt(script.say("begun"), script.hang({ ignoreCancel: true }));
  turn.catch(() => "the connection closes with the test");
  await expect.poll(() => texts(run.agent)[0]).toBe("begun");
  await run.agent.acp.notify(methods.agent.session.cancel, { sessionId: run.sessionId });
  await expect(run.prompt("next")).rejects.toMatchObject({ code: -32600 });
});

test.each([
  ["allow_once", "permission: selected yes (allow_once)"],
  ["reject_once", "permission: selected no (reject_once)"],
  ["cancelled", "permission: cancelled"],
] as const)("asks a permission: %s", async (permission, said) => {
  await using run = await open({ permission });
  await run.prompt(script.ask({ title: "Run something" }));
  expect(texts(run.agent)).toEqual([said]);
});

test("a cancel ends a turn that waits for a permission", async () => {
  await using run = await open({ permission: "never" });
  const turn = run.prompt(script.say("begun"), script.ask());
  await expect.poll(() => run.agent.messages.some((message) => "method" in message && message.method === "session/request_permission")).toBe(true);
  await run.agent.acp.notify(methods.agent.session.cancel, { sessionId: run.sessionId });
  expect(await turn).toEqual({ stopReason: "cancelled" });
});

test("asks several permissions at once, of a kind, a path and a command", async () => {
  await using run = await open({ permission: "allow_once" });
  await run.prompt(script.ask({ kind: "edit", path: "a.txt", command: "make it", count: 3 }));
  const asked = run.agent.messages.flatMap((message) => ("method" in message && message.method === "session/request_permission" ? [message.params] : []));
  expect(asked).toHaveLength(3);
  expect(asked[0]).toMatchObject({ toolCall: { kind: "edit", locations: [{ path: "a.txt" }], rawInput: { command: "make it" } } });
  expect(texts(run.agent)).toEqual(["1", "2", "3"].map(() => "permission: selected yes (allow_once)"));
});

test("tells a call by an update, and leaves it out of the request", async () => {
  await using run = await open({ permission: "reject_once" });
  await run.prompt(script.ask({ kind: "delete", path: "a.txt", partial: true }));
  const [told] = run.agent.notifications.map(({ update }) => update);
  expect(told).toMatchObject({ sessionUpdate: "tool_call", kind: "delete", locations: [{ path: "a.txt" }] });
  const asked = run.agent.messages.find((message) => "method" in message && message.method === "session/request_permission");
  expect(asked).toMatchObject({ params: { toolCall: { toolCallId: expect.any(String) } } });
  expect(asked).not.toMatchObject({ params: { toolCall: { kind: expect.anything() } } });
});

test.each([
  ["allow_once", "written"],
  ["reject_once", undefined],
] as const)("writes a file that it has to ask for: %s", async (permission, content) => {
  await using run = await open({ permission });
  await run.prompt(script.write("asked.txt", "written", { ask: true }));
  expect(await readFile(join(home.path, "asked.txt"), "utf8").catch(() => undefined)).toBe(content);
});

test("$/cancel_request answers with -32800", async () => {
  await using run = await open();
  const aborted = new AbortController();
  const turn = run.agent.acp.request(
    methods.agent.session.prompt,
    { sessionId: run.sessionId, prompt: [{ type: "text", text: script.lines(script.say("begun"), script.hang()) }] },
    { cancellationSignal: aborted.signal },
  );
  await expect.poll(() => texts(run.agent)[0]).toBe("begun");
  aborted.abort();
  await expect(turn).rejects.toMatchObject({ code: -32800 });
});

test("tool calls, plan, usage and thoughts are valid updates", async () => {
  await using run = await open();
  await run.prompt(script.tool({ title: "Look", status: "failed" }), script.plan(), script.usage({ used: 7 }), script.thought("hm"));
  expect(run.agent.notifications.map(({ update }) => update)).toMatchObject([
    { sessionUpdate: "tool_call", title: "Look", status: "pending" },
    { sessionUpdate: "tool_call_update", status: "in_progress" },
    { sessionUpdate: "tool_call_update", status: "failed" },
    { sessionUpdate: "plan" },
    { sessionUpdate: "usage_update", used: 7, size: 200_000 },
    { sessionUpdate: "agent_thought_chunk", content: { text: "hm" } },
  ]);
});

test("files, environment and working directory", async () => {
  await using run = await open({ environment: { COLOUR: "green" } });
  await run.prompt(script.write("a file.txt", "two\nlines"), script.env("COLOUR"), script.env("MISSING"), script.cwd());
  expect(texts(run.agent)).toEqual(["wrote a file.txt", "green", "unset", home.path]);
  expect(await readFile(join(home.path, "a file.txt"), "utf8")).toBe("two\nlines");
});

test("errors, refusals and mistakes in a script", async () => {
  await using run = await open();
  await expect(run.prompt("/error code=-32000 please log in")).rejects.toMatchObject({ code: -32000, message: "please log in" });
  expect(await run.prompt(script.refuse(), script.say("never said"))).toEqual({ stopReason: "refusal" });
  await expect(run.prompt(script.say("never said"), "/nonsense")).rejects.toMatchObject({ code: -32602 });
  await expect(run.prompt("/emit cuont=3")).rejects.toMatchObject({ code: -32602 });
  expect(texts(run.agent)).toEqual([]);
});

test.each([
  [script.die({ code: 3 }), { code: 3, signal: null }],
  [script.die({ signal: "SIGKILL" }), { code: null, signal: "SIGKILL" }],
])("%s, after what was said before has left", async (line, ending) => {
  await using run = await open();
  const turn = run.prompt(script.stderr("last words"), script.emit({ count: 3000, size: 200 }), line);
  await expect(turn).rejects.toThrow();
  expect(await run.agent.exited).toEqual(ending);
  expect(texts(run.agent)).toHaveLength(3000);
  expect(run.agent.stderr()).toBe("last words\n");
});

test("a grandchild of its own session outlives the agent", async () => {
  await using run = await open();
  await run.prompt(script.spawn({ seconds: 60 }));
  const pid = Number(/^pid: (\d+)$/.exec(texts(run.agent)[0] ?? "")?.[1]);
  run.agent.child.kill("SIGKILL");
  await run.agent.exited;
  // Throws when there is no such process any more, which is what this test is about.
  expect(process.kill(pid, 0)).toBe(true);
  process.kill(pid, "SIGKILL");
});
