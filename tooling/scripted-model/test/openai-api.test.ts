import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startScriptedModel, type ScriptedModel } from "../src/index.ts";
import { dataOf, post } from "./stream.ts";

const headers = { authorization: "Bearer sk-secret" };
let model: ScriptedModel;
beforeEach(async () => {
  model = await startScriptedModel();
});
afterEach(() => model[Symbol.asyncDispose]());

const user = (text: string) => ({ type: "message", role: "user", content: [{ type: "input_text", text }] });

describe("responses", () => {
  const ask = (input: unknown, more: Record<string, unknown> = {}) => post(`${model.url}/v1/responses`, { model: "gpt-x", input, ...more }, headers);

  test("answers in one piece", async () => {
    expect(await (await ask("say hello")).json()).toMatchObject({
      object: "response",
      status: "completed",
      output: [{ type: "message", content: [{ type: "output_text", text: "hello" }] }],
      usage: { output_tokens: 1 },
    });
  });

  test("streams text in the API's order of events", async () => {
    const events = await dataOf(await ask([user("stream count=2 ms=1")], { stream: true }));
    expect(events.map(({ type }) => type)).toEqual([
      "response.created",
      "response.output_item.added",
      "response.content_part.added",
      "response.output_text.delta",
      "response.output_text.delta",
      "response.output_text.done",
      "response.output_item.done",
      "response.completed",
    ]);
    expect(events.map((event) => event["sequence_number"])).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(events.at(-1)).toMatchObject({ response: { status: "completed", output: [{ content: [{ text: "#1 #2 " }] }] } });
  });

  test("calls functions by objects and custom tools by texts, and goes on with what they put out", async () => {
    const tools = [{ type: "function", name: "exec_command" }, { type: "custom", name: "apply_patch" }, { type: "namespace", name: "mcp", tools: [{ type: "function", name: "add" }] }, { type: "web_search" }];
    const script = user('say first\nrun one\nwrite file=a text=b\ncall add {"a":1}\nsay end');
    const shell = await dataOf(await ask([script], { tools, stream: true }));
    expect(shell.at(-1)).toMatchObject({ response: { output: [{ type: "message" }, { type: "function_call", name: "exec_command", arguments: '{"cmd":"one"}' }] } });
    const after = (...outputs: string[]) => [script, ...outputs.map((output) => ({ type: "function_call_output", output }))];
    const patch = await dataOf(await ask(after("1"), { tools, stream: true }));
    expect(patch.at(-1)).toMatchObject({ response: { output: [{ content: [{ text: "done: 1" }] }, { type: "custom_tool_call", name: "apply_patch", input: "*** Begin Patch\n*** Add File: a\n+b\n*** End Patch" }] } });
    const add = await (await ask([...after("1"), { type: "custom_tool_call_output", output: [{ type: "input_text", text: "2" }] }], { tools })).json();
    expect(add).toMatchObject({ output: [{}, { name: "add", arguments: '{"a":1}' }] });
    expect(await (await ask(after("1", "2", "3"), { tools })).json()).toMatchObject({ output: [{ content: [{ text: "done: 3\nend" }] }] });
  });

  test("context that Codex adds is not the user's words", async () => {
    const input = [user("<environment_context>\n<cwd>/x</cwd>\n</environment_context>"), user("the first"), { type: "message", role: "assistant", content: [] }, user("recall")];
    expect(await (await ask(input)).json()).toMatchObject({ output: [{ content: [{ text: "the first" }] }] });
  });

  test("an answer of a given form is given in that form", async () => {
    const format = { type: "json_schema", schema: { type: "object", properties: { outcome: { enum: ["allow", "deny"] } } } };
    expect(await (await ask("fail status=500", { text: { format } })).json()).toMatchObject({ output: [{ content: [{ text: '{"outcome":"allow"}' }] }] });
  });
});

describe("chat completions", () => {
  const tools = [{ type: "function", function: { name: "write" } }, { type: "function", function: { name: "bash" } }];
  const ask = (messages: unknown, more: Record<string, unknown> = {}) => post(`${model.url}/v1/chat/completions`, { model: "m", messages, tools, ...more }, headers);

  test("answers in one piece", async () => {
    expect(await (await ask([{ role: "user", content: "say hello" }])).json()).toMatchObject({
      object: "chat.completion",
      choices: [{ message: { role: "assistant", content: "hello" }, finish_reason: "stop" }],
      usage: { completion_tokens: 1 },
    });
  });

  test("streams pieces, usage where it is asked for, and the end", async () => {
    const messages = [{ role: "user", content: [{ type: "text", text: "stream count=2 ms=1" }] }];
    const chunks = await dataOf(await ask(messages, { stream: true, stream_options: { include_usage: true } }));
    const choices = chunks.flatMap((chunk) => (chunk["choices"] as { delta: { content?: string }; finish_reason: string | null }[] | undefined) ?? []);
    expect(choices.map(({ delta }) => delta.content ?? "").join("")).toBe("#1 #2 ");
    expect(choices.at(-1)).toMatchObject({ finish_reason: "stop" });
    expect(chunks.slice(-2)).toMatchObject([{ choices: [], usage: { completion_tokens: 2 } }, { done: true }]);
    expect(await dataOf(await ask(messages, { stream: true }))).not.toContainEqual(expect.objectContaining({ usage: expect.anything() }));
  });

  test("calls tools, and goes on with what they put out", async () => {
    const messages = [{ role: "system", content: "say wrong" }, { role: "user", content: "write file=/a text=b\nsay end" }];
    const called = await dataOf(await ask(messages, { stream: true }));
    expect(called).toContainEqual(
      expect.objectContaining({ choices: [expect.objectContaining({ delta: { tool_calls: [expect.objectContaining({ function: { name: "write", arguments: '{"filePath":"/a","content":"b"}' } })] } })] }),
    );
    expect(called.at(-2)).toMatchObject({ choices: [{ finish_reason: "tool_calls" }] });
    const answered = await ask([...messages, { role: "assistant", content: null, tool_calls: [] }, { role: "tool", content: "written" }]);
    expect(await answered.json()).toMatchObject({ choices: [{ message: { content: "done: written\nend" } }] });
  });

  test("a request without tools is the agent's own: no script is played", async () => {
    expect(await (await ask([{ role: "user", content: "fail status=500" }], { tools: undefined })).json()).toMatchObject({ choices: [{ message: { content: "Scripted answer" } }] });
  });
});

test.each(["/v1/responses", "/v1/chat/completions"])("%s refuses and fails as the API does", async (path) => {
  const body = { messages: [{ role: "user", content: "fail status=429 retry_after=7" }], input: "fail status=429 retry_after=7", tools: [{ function: { name: "x" } }] };
  expect((await post(`${model.url}${path}`, body, {})).status).toBe(401);
  expect((await post(`${model.url}${path}`, {}, headers)).status).toBe(400);
  expect((await fetch(`${model.url}${path}`, { headers })).status).toBe(405);
  const failed = await post(`${model.url}${path}`, body, headers);
  expect([failed.status, failed.headers.get("retry-after")]).toEqual([429, "7"]);
  expect(await failed.json()).toMatchObject({ error: { code: "rate_limit_exceeded" } });
});
