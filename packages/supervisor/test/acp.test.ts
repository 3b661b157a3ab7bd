import { client, methods } from "@agentclientprotocol/sdk";
import { createHttpStream } from "@agentclientprotocol/sdk/experimental/http-client";
import { expect, test } from "vitest";
import { tokenHeader } from "../src/index.ts";
import { BareAcpClient, chunkText, events, type ServerEvent } from "./acp-client.ts";
import { launch, type RunningSupervisor, startSupervisor } from "./harness.ts";

async function startAgent(): Promise<RunningSupervisor> {
  const supervisor = await startSupervisor();
  await supervisor.client.startAgent("run", launch(), { generation: 1 });
  return supervisor;
}

async function until(stream: AsyncIterable<ServerEvent>, isLast: (event: ServerEvent) => boolean): Promise<ServerEvent[]> {
  const seen: ServerEvent[] = [];
  for await (const event of stream) {
    seen.push(event);
    if (isLast(event)) return seen;
  }
  return seen;
}

function numbers(count: number): string[] {
  return Array.from({ length: count }, (_, index) => String(index + 1));
}

/** Until the supervisor has noticed that the old stream is gone, it says that there is one. */
async function reopen(bare: BareAcpClient, sessionId: string, lastEventId: string): Promise<Response> {
  for (;;) {
    const response = await bare.get(sessionId, { lastEventId });
    if (response.status !== 409) return response;
    await response.body?.cancel();
  }
}

/** A fetch for the stock client that resumes: it remembers the last `id:` and, on the first session stream, breaks off after `cutAfter` events. */
function resumingFetch(cutAfter: number): typeof fetch {
  let lastEventId: string | undefined;
  let isFirst = true;
  return async (input, init) => {
    const headers = new Headers(init?.headers);
    const isSessionStream = init?.method === "GET" && headers.has("acp-session-id");
    if (!isSessionStream) return fetch(input, init);
    if (lastEventId !== undefined) headers.set("last-event-id", lastEventId);
    const response = await fetch(input, { ...init, headers });
    let left = isFirst ? cutAfter : Number.POSITIVE_INFINITY;
    isFirst = false;
    const body = new ReadableStream<Uint8Array>({
      async start(controller) {
        let rest = "";
        const decoder = new TextDecoder();
        for await (const chunk of response.body!) {
          const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n\n");
          rest = parts.pop()!;
          for (const part of parts) {
            lastEventId = /^id: (\d+)$/m.exec(part)?.[1] ?? lastEventId;
            controller.enqueue(new TextEncoder().encode(`${part}\n\n`));
            if (--left === 0) return controller.close();
          }
        }
        controller.close();
      },
    });
    return new Response(body, { status: response.status, headers: response.headers });
  };
}

test("the SDK's own client runs a prompt with a permission request", async () => {
  await using supervisor = await startAgent();
  const texts: string[] = [];
  const app = client({ name: "test" })
    .onRequest(methods.client.session.requestPermission, () => ({ outcome: { outcome: "selected", optionId: "yes" } }))
    .onNotification(methods.client.session.update, ({ params }) => {
      if (params.update.sessionUpdate === "agent_message_chunk" && params.update.content.type === "text") texts.push(params.update.content.text);
    });
  const stream = createHttpStream(`${supervisor.endpoint.url}/v1/acp/run`, { headers: { [tokenHeader]: supervisor.endpoint.token } });
  await app.connectWith(stream, async (context) => {
    const initialized = await context.request(methods.agent.initialize, { protocolVersion: 1, clientCapabilities: {} });
    expect(initialized.agentInfo?.name).toBe("fixture");
    const { sessionId } = await context.request(methods.agent.session.new, { cwd: "/", mcpServers: [] });
    const answer = await context.request(methods.agent.session.prompt, { sessionId, prompt: [{ type: "text", text: "ask" }] });
    expect(answer.stopReason).toBe("end_turn");
  });
  expect(texts).toEqual(["hello", "answered yes"]);
  // The client closed its transport with DELETE: the agent lives on.
  expect(await supervisor.client.agentStatus("run")).toMatchObject({ state: "running" });
});

test("the SDK's own client gets the rest of a prompt whose stream was dropped", async () => {
  await using supervisor = await startAgent();
  const texts: string[] = [];
  const app = client({ name: "test" }).onNotification(methods.client.session.update, ({ params }) => {
    if (params.update.sessionUpdate === "agent_message_chunk" && params.update.content.type === "text") texts.push(params.update.content.text);
  });
  const stream = createHttpStream(`${supervisor.endpoint.url}/v1/acp/run`, { headers: { [tokenHeader]: supervisor.endpoint.token }, fetch: resumingFetch(40) });
  await app.connectWith(stream, async (context) => {
    await context.request(methods.agent.initialize, { protocolVersion: 1, clientCapabilities: {} });
    const { sessionId } = await context.request(methods.agent.session.new, { cwd: "/", mcpServers: [] });
    await expect(context.request(methods.agent.session.prompt, { sessionId, prompt: [{ type: "text", text: "rate 200 1" }] })).rejects.toThrow("SSE stream closed");
    await context.request(methods.agent.session.prompt, { sessionId, prompt: [{ type: "text", text: "echo" }] });
    await expect.poll(() => texts.length).toBe(201);
  });
  expect(texts).toEqual(["hello", ...numbers(200)]);
});

test("Last-Event-ID gives exactly the rest, the answer included", async () => {
  await using supervisor = await startAgent();
  const bare = new BareAcpClient(supervisor.endpoint);
  await bare.connect();
  const sessionId = await bare.newSession();
  const cut = new AbortController();
  const first = events(await bare.get(sessionId, { signal: cut.signal }));
  expect((await bare.prompt(sessionId, "rate 300 1")).status).toBe(202);
  const seen = await until(first, (event) => chunkText(event) === "100");
  cut.abort();
  const lastEventId = String(seen.at(-1)!.id);
  const rest = await until(events(await reopen(bare, sessionId, lastEventId)), ({ message }) => message.id === 2 && message.method === undefined);
  expect([...seen, ...rest].map(chunkText)).toEqual(["hello", ...numbers(300), undefined]);
  const ids = [...seen, ...rest].map((event) => event.id!);
  expect(ids).toEqual(ids.toSorted((a, b) => a - b));
});

test("each connection has its own ids and its own answers", async () => {
  await using supervisor = await startAgent();
  const clients = [new BareAcpClient(supervisor.endpoint), new BareAcpClient(supervisor.endpoint)];
  const initialized = await Promise.all(clients.map((one) => one.connect()));
  expect(initialized[0]).toEqual(initialized[1]);
  const sessions = await Promise.all(clients.map((one) => one.newSession(7)));
  expect(new Set(sessions).size).toBe(2);
  for (const [index, one] of clients.entries()) {
    const stream = events(await one.get(sessions[index]));
    await one.prompt(sessions[index]!, `rate ${index + 3} 1`, 7);
    const seen = await until(stream, ({ message }) => message.id === 7 && message.method === undefined);
    expect(seen.map(chunkText)).toEqual(["hello", ...numbers(index + 3), undefined]);
  }
  // For the reader of the journal the answers have the ids that their callers used, and initialize was asked once.
  const journal: string[] = [];
  for await (const batch of supervisor.client.journal("run", { after: 0 })) {
    journal.push(...batch.map((record) => record.message));
    if (journal.length >= 6 + 7) break;
  }
  expect(journal.filter((message) => message.includes('"id":7'))).toHaveLength(4);
  expect(journal.filter((message) => message.includes("protocolVersion"))).toHaveLength(1);
});

test("an unanswered request of the agent is offered to whoever connects next", async () => {
  await using supervisor = await startAgent();
  const first = new BareAcpClient(supervisor.endpoint);
  await first.connect();
  const sessionId = await first.newSession();
  await first.prompt(sessionId, "ask");
  await until(events(await first.get(sessionId)), ({ message }) => message.method === "session/request_permission");
  expect((await fetch(first.url, { method: "DELETE", headers: first.headers })).status).toBe(202);
  const second = new BareAcpClient(supervisor.endpoint);
  await second.connect();
  const stream = events(await second.get(sessionId));
  const offered = await stream.next();
  expect(offered.value).toMatchObject({ id: null, message: { method: "session/request_permission" } });
  const answer = { jsonrpc: "2.0", id: (offered.value as ServerEvent).message.id, result: { outcome: { outcome: "selected", optionId: "late" } } };
  expect((await second.post(answer, sessionId)).status).toBe(202);
  expect(chunkText((await stream.next()).value as ServerEvent)).toBe("answered late");
  // The second answer to the same question is taken and dropped.
  expect((await second.post(answer, sessionId)).status).toBe(202);
});

test("what the transport does not allow is refused with its statuses", async () => {
  await using supervisor = await startAgent();
  const bare = new BareAcpClient(supervisor.endpoint);
  expect((await bare.post({ jsonrpc: "2.0", id: 1, method: "session/new" })).status).toBe(400);
  await bare.connect();
  const sessionId = await bare.newSession();
  expect((await bare.post([{ jsonrpc: "2.0", id: 1, method: "session/new" }])).status).toBe(400);
  expect((await bare.post("text")).status).toBe(400);
  expect((await bare.post({ jsonrpc: "2.0", id: 1, method: "initialize" })).status).toBe(400);
  expect((await bare.post({ jsonrpc: "2.0", id: 1, method: "session/prompt", params: { sessionId } })).status).toBe(400);
  expect((await bare.post({ jsonrpc: "2.0", id: 1, method: "session/prompt", params: { sessionId } }, "other")).status).toBe(400);
  const open = await bare.get(sessionId);
  expect(open.status).toBe(200);
  expect((await bare.get(sessionId)).status).toBe(409);
  await open.body!.cancel();
  await expect.poll(async () => (await bare.get(sessionId, { lastEventId: "999" })).status).toBe(409);
  expect((await bare.get(sessionId, { lastEventId: "x" })).status).toBe(400);
  expect((await fetch(bare.url, { headers: bare.headers })).status).toBe(400);
  bare.headers["acp-connection-id"] = "unknown";
  expect((await bare.prompt(sessionId, "echo")).status).toBe(404);
  expect((await fetch(bare.url, { method: "DELETE", headers: bare.headers })).status).toBe(404);
});

test("cancelling a request names it as the agent knows it", async () => {
  await using supervisor = await startAgent();
  const bare = new BareAcpClient(supervisor.endpoint);
  await bare.connect();
  const sessionId = await bare.newSession();
  await bare.prompt(sessionId, "hang", "mine");
  const stream = events(await bare.get());
  await bare.post({ jsonrpc: "2.0", method: "$/cancel_request", params: { requestId: "mine" } });
  const heard = await until(stream, ({ message }) => message.method === "_fixture/heard");
  expect(JSON.stringify(heard.at(-1)?.message.params)).toMatch(/"params":\{"requestId":"agent-sdk-\d+"\}/);
});

test("an agent's exit fails what it was asked, on the streams too", async () => {
  await using supervisor = await startAgent();
  const bare = new BareAcpClient(supervisor.endpoint);
  await bare.connect();
  const sessionId = await bare.newSession();
  const stream = events(await bare.get(sessionId));
  await bare.prompt(sessionId, "die 5");
  const seen = await until(stream, () => false);
  expect(seen.at(-1)?.message).toMatchObject({ id: 2, error: { code: -32603, data: { kind: "agent_exited", exit_code: 5 } } });
  expect((await bare.prompt(sessionId, "echo", 3)).status).toBe(410);
});
