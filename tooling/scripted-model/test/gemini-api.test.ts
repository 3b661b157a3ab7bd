import { afterEach, beforeEach, expect, test } from "vitest";
import { startScriptedModel, type ScriptedModel } from "../src/index.ts";
import { dataOf, post } from "./stream.ts";

const headers = { "x-goog-api-key": "secret" };
let model: ScriptedModel;
beforeEach(async () => {
  model = await startScriptedModel();
});
afterEach(() => model[Symbol.asyncDispose]());

const user = (...parts: unknown[]) => ({ role: "user", parts });
const tools = [{ functionDeclarations: [{ name: "write_file" }, { name: "run_shell_command" }] }];

function ask(action: string, contents: readonly unknown[], more: Record<string, unknown> = {}): Promise<Response> {
  return post(`${model.url}/v1beta/models/gemini-x:${action}`, { contents, tools, ...more }, headers);
}

test("answers in one piece, and counts tokens", async () => {
  expect(await (await ask("generateContent", [user({ text: "say hello" })])).json()).toMatchObject({
    candidates: [{ content: { role: "model", parts: [{ text: "hello" }] }, finishReason: "STOP" }],
    modelVersion: "gemini-x",
    usageMetadata: { candidatesTokenCount: 1 },
  });
  expect(await (await ask("countTokens", [user({ text: "say hello" })])).json()).toMatchObject({ totalTokens: expect.any(Number) });
});

test("streams pieces and then the end", async () => {
  const chunks = await dataOf(await ask("streamGenerateContent?alt=sse", [user({ text: "stream count=2 ms=1" })]));
  const candidates = chunks.map((chunk) => (chunk["candidates"] as { content: { parts: { text: string }[] }; finishReason?: string }[])[0]);
  expect(candidates.map((candidate) => candidate?.content.parts[0]?.text)).toEqual(["#1 ", "#2 ", ""]);
  expect(candidates.map((candidate) => candidate?.finishReason)).toEqual([undefined, undefined, "STOP"]);
});

test("calls tools, and goes on with what they answer or why they failed", async () => {
  const script = user({ text: "<session_context>\nsay wrong\n</session_context>" }, { text: "write file=/a text=b\nrun one\nsay end" });
  const call = await dataOf(await ask("streamGenerateContent?alt=sse", [script]));
  expect(call.at(-1)).toMatchObject({ candidates: [{ content: { parts: [{ functionCall: { name: "write_file", args: { file_path: "/a", content: "b" } } }] }, finishReason: "STOP" }] });
  const answered = (response: unknown) => user({ functionResponse: { name: "write_file", response } });
  const second = await ask("generateContent", [script, answered({ output: "written" })]);
  expect(await second.json()).toMatchObject({ candidates: [{ content: { parts: [{ text: "done: written" }, { functionCall: { name: "run_shell_command" } }] } }] });
  const third = await ask("generateContent", [script, answered({ output: "written" }), answered({ error: "no" })]);
  expect(await third.json()).toMatchObject({ candidates: [{ content: { parts: [{ text: "The tool failed: no\nend" }] } }] });
});

test("an answer of a given form is given in that form, in Google's dialect of schemas too", async () => {
  const generationConfig = { responseJsonSchema: { type: "OBJECT", properties: { reasoning: { type: "STRING" }, score: { type: "INTEGER" } } } };
  const answer = (await (await ask("generateContent", [user({ text: "fail status=500" })], { generationConfig })).json()) as { candidates: { content: { parts: { text: string }[] } }[] };
  expect(JSON.parse(answer.candidates[0]?.content.parts[0]?.text ?? "")).toEqual({ reasoning: "Scripted answer", score: 0 });
});

test("refuses and fails as the API does", async () => {
  const url = `${model.url}/v1beta/models/gemini-x:generateContent`;
  expect((await post(url, { contents: [] }, {})).status).toBe(401);
  expect((await post(url, {}, headers)).status).toBe(400);
  const failed = await ask("streamGenerateContent?alt=sse", [user({ text: "fail status=503" })]);
  expect([failed.status, await failed.json()]).toEqual([503, { error: { code: 503, message: "scripted failure", status: "UNAVAILABLE" } }]);
});
