import { afterEach, beforeEach, expect, test } from "vitest";
import { startScriptedModel, type RecordedRequest, type ScriptedModel } from "../src/index.ts";

const key = "sk-very-secret";
const keySha256 = "e7f15906532b";
const logged: RecordedRequest[] = [];
let model: ScriptedModel;
beforeEach(async () => {
  logged.length = 0;
  model = await startScriptedModel({ log: (request) => logged.push(request), keepRequests: 3 });
});
afterEach(() => model[Symbol.asyncDispose]());

function post(path: string, body: unknown, init: { headers?: Record<string, string>; signal?: AbortSignal } = {}): Promise<Response> {
  const headers = init.headers ?? { "x-api-key": key };
  const signal = init.signal ?? null;
  return fetch(`${model.url}${path}`, { method: "POST", headers, signal, body: typeof body === "string" ? body : JSON.stringify(body) });
}

function ask(prompt: string, more: Record<string, unknown> = {}): Promise<Response> {
  return post("/v1/messages", { model: "claude-x", max_tokens: 10, messages: [{ role: "user", content: prompt }], ...more });
}

async function events(response: Response): Promise<Array<{ type: string; [field: string]: unknown }>> {
  const blocks = (await response.text()).split("\n\n").filter((block) => block !== "");
  return blocks.map((block) => {
    const [event = "", data = ""] = block.split("\n");
    const parsed = JSON.parse(data.slice("data: ".length)) as { type: string };
    expect(event).toBe(`event: ${parsed.type}`);
    return parsed;
  });
}

test("answers in one piece", async () => {
  const response = await ask("say hello");
  expect(await response.json()).toMatchObject({
    type: "message",
    role: "assistant",
    model: "claude-x",
    content: [{ type: "text", text: "hello" }],
    stop_reason: "end_turn",
    usage: { output_tokens: 1 },
  });
});

test("streams text in the API's order of events", async () => {
  const response = await ask("stream count=2 ms=1", { stream: true });
  expect(response.headers.get("content-type")).toBe("text/event-stream");
  const received = await events(response);
  expect(received.map((event) => event.type)).toEqual([
    "message_start",
    "ping",
    "content_block_start",
    "content_block_delta",
    "content_block_delta",
    "content_block_stop",
    "message_delta",
    "message_stop",
  ]);
  expect(received[3]).toMatchObject({ index: 0, delta: { type: "text_delta", text: "#1 " } });
  expect(received[6]).toMatchObject({ delta: { stop_reason: "end_turn" } });
});

test("streams a tool call, its input in pieces", async () => {
  const received = await events(await ask("say first\nwrite file=/tmp/a text=b", { stream: true, tools: [{ name: "Write" }] }));
  expect(received.filter((event) => event.type === "content_block_start")).toMatchObject([
    { index: 0, content_block: { type: "text" } },
    { index: 1, content_block: { type: "tool_use", name: "Write", input: {} } },
  ]);
  const deltas = received.map((event) => event["delta"] as { partial_json?: string } | undefined);
  expect(JSON.parse(deltas.map((delta) => delta?.partial_json ?? "").join(""))).toEqual({ file_path: "/tmp/a", content: "b" });
  expect(received.at(-2)).toMatchObject({ delta: { stop_reason: "tool_use" } });
});

test.each([
  [401, "authentication_error"],
  [429, "rate_limit_error"],
  [500, "api_error"],
  [529, "overloaded_error"],
])("fails with %i", async (status, type) => {
  const response = await ask(`fail status=${status} retry_after=7`, { stream: true });
  expect(response.status).toBe(status);
  expect(response.headers.get("retry-after")).toBe("7");
  expect(await response.json()).toMatchObject({ type: "error", error: { type } });
});

test("counts tokens and lists models", async () => {
  const counted = await post("/v1/messages/count_tokens", { model: "m", messages: [{ role: "user", content: "x".repeat(400) }] });
  expect(((await counted.json()) as { input_tokens: number }).input_tokens).toBeGreaterThan(100);
  const headers = { authorization: `Bearer ${key}` };
  const models = (await (await fetch(`${model.url}/v1/models`, { headers })).json()) as { data: Array<{ id: string }> };
  expect(models.data[0]).toMatchObject({ type: "model" });
  expect(await (await fetch(`${model.url}/v1/models/claude-new`, { headers })).json()).toMatchObject({ id: "claude-new" });
});

test("records which credential came in which header, and never the credential", async () => {
  await ask("say one");
  await post("/v1/messages", { messages: [] }, { headers: { authorization: `Bearer ${key}`, cookie: key } });
  await expect.poll(() => model.requests).toHaveLength(2);
  expect(model.requests).toMatchObject([
    { path: "/v1/messages", credentialHeader: "x-api-key", credentialSha256: keySha256, status: 200 },
    { path: "/v1/messages", credentialHeader: "authorization", credentialSha256: keySha256 },
  ]);
  expect(JSON.stringify([model.requests, logged])).not.toContain(key);
});

test("keeps only the last requests", async () => {
  for (const word of ["a", "b", "c", "d"]) await (await ask(`say ${word}`)).text();
  await expect.poll(() => logged).toHaveLength(4);
  expect(model.requests.map((request) => (request.body as { messages: Array<{ content: string }> }).messages[0]?.content)).toEqual(["say b", "say c", "say d"]);
});

test("refuses what the API refuses", async () => {
  expect((await post("/v1/messages", { messages: [] }, { headers: {} })).status).toBe(401);
  expect((await post("/v1/messages", "{broken")).status).toBe(400);
  expect((await post("/v1/messages", { model: "m" })).status).toBe(400);
  expect((await post("/v1/messages/other", { messages: [] })).status).toBe(404);
  expect((await fetch(`${model.url}/v2/anything`)).status).toBe(404);
  expect((await fetch(model.url, { method: "HEAD" })).status).toBe(200);
});

test("a caller that leaves ends the stream", async () => {
  const gone = new AbortController();
  const body = { model: "m", stream: true, messages: [{ role: "user", content: "stream count=20000 ms=5" }] };
  const response = await post("/v1/messages", body, { signal: gone.signal });
  await response.body?.getReader().read();
  gone.abort();
  await expect.poll(() => logged).toHaveLength(1);
});

test("disposing ends streams in flight, and twice is once", async () => {
  const response = await ask("stream count=20000 ms=5", { stream: true });
  await model[Symbol.asyncDispose]();
  await model[Symbol.asyncDispose]();
  await expect(response.text()).rejects.toThrow();
});
