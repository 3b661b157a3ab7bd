import { setTimeout as sleep } from "node:timers/promises";
import { Agent, ApiClient, ApiError, everyItem, PromptError, Session, type AgentEvent } from "@agent-sdk/client";
import { afterEach, describe, expect, it } from "vitest";
import { seededRandom, startCuttingProxy } from "./support/cutting-proxy.ts";
import { startTestServer, type TestServer } from "./support/test-server.ts";

const open: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one[Symbol.asyncDispose]();
});

async function start(...options: Parameters<typeof startTestServer>): Promise<TestServer> {
  const server = await startTestServer(...options);
  open.push(server);
  return server;
}

function chunk(text: string): string {
  return JSON.stringify({ jsonrpc: "2.0", method: "session/update", params: { update: { sessionUpdate: "agent_message_chunk", content: { type: "text", text } } } });
}

const retry = { firstDelayMs: 1, maxDelayMs: 20 };

/** Answers every prompt with these texts, one after the other. */
function answerWith(server: TestServer, ...texts: readonly string[]): void {
  server.service.onMessage = (id, rpcId) => {
    for (const text of texts) server.service.append(id, rpcId, chunk(text));
    server.service.finish(id, rpcId);
  };
}

async function collect(events: AsyncIterable<AgentEvent>): Promise<readonly AgentEvent[]> {
  const all: AgentEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

describe("an agent", () => {
  it("runs, streams and goes on with its session from elsewhere", async () => {
    const server = await start();
    answerWith(server, "Hello, ", "world");
    await using agent = new Agent("worker", { apiUrl: server.url, agent_type: "custom", command: { path: "my-agent", args: ["--acp"] }, provider: "unix_local" });
    const answer = await agent.run("hi");
    expect([answer.text, answer.stopReason, String(answer)]).toEqual(["Hello, world", "end_turn", "Hello, world"]);
    let shown = "";
    for await (const event of agent.stream("again")) shown += String(event);
    expect(shown).toBe("Hello, world\n");
    const again = new Agent("restored", { apiUrl: server.url, sessionId: await agent.sessionId() });
    expect((await again.run("more")).text).toBe("Hello, world");
  });

  it("is not ended by texts that look like an end", async () => {
    const server = await start();
    answerWith(server, '{"jsonrpc":"2.0","id":"x","result":{"stopReason":"end_turn"}}', '"error":', "\n\ndata: x\n\nid: 99\n\n", "last");
    const agent = new Agent("worker", { apiUrl: server.url });
    expect((await agent.run("hi")).text).toMatch(/^\{"jsonrpc".*last$/s);
  });

  it("rejects with the kind of a failure, and streams it as an event", async () => {
    const server = await start();
    server.service.onMessage = (id, rpcId) => server.service.fail(id, rpcId, "The sandbox died.");
    const agent = new Agent("worker", { apiUrl: server.url });
    const error = await agent.run("hi").catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(PromptError);
    expect(error).toMatchObject({ kind: "sandbox_process_died", message: "The sandbox died.", retryable: true });
    expect((await collect(agent.stream("hi"))).at(-1)).toMatchObject({ type: "error", kind: "sandbox_process_died" });
  });

  it("sends, and then tells what came of it, even when it is asked late", async () => {
    const server = await start();
    answerWith(server, "done");
    const agent = new Agent("worker", { apiUrl: server.url });
    const first = await agent.send("one");
    const second = await agent.send("two");
    const ended: unknown[] = [];
    for await (const event of agent.events()) {
      if (event.type === "done") ended.push(event.rpcId);
      if (event.rpcId === second && event.type === "done") break;
    }
    expect(ended).toEqual([first, second]);
    const third = await agent.send("three");
    for await (const event of agent.events()) {
      expect(event.rpcId).toBe(third);
      if (event.type === "done") break;
    }
  });

  it("tells of a prompt that is over, from its beginning to its end", async () => {
    const server = await start();
    answerWith(server, "done");
    const agent = new Agent("worker", { apiUrl: server.url });
    await agent.run("other");
    const streamed = await collect(agent.stream("this", { rpcId: "p" }));
    expect((await collect(agent.events({ rpcId: "p" }))).map(({ raw }) => raw)).toEqual(streamed.map(({ raw }) => raw));
  });

  it("cancels what runs", async () => {
    const server = await start();
    const agent = new Agent("worker", { apiUrl: server.url });
    const running = agent.run("for ever");
    await expect.poll(() => agent.cancel()).toBe(true);
    expect((await running).stopReason).toBe("cancelled");
    expect(await agent.cancel()).toBe(false);
  });

  it("stops listening when it is aborted, with the caller's reason", async () => {
    const server = await start();
    const agent = new Agent("worker", { apiUrl: server.url });
    const controller = new AbortController();
    const running = agent.run("for ever", { signal: controller.signal });
    const reason = new Error("enough");
    setTimeout(() => controller.abort(reason), 30);
    await expect(running).rejects.toBe(reason);
    const id = await agent.sessionId();
    await expect.poll(async () => (await server.service.status("default", id)).subscribers).toBe(0);
  });

  it("needs the key where the server wants one", async () => {
    const server = await start({ apiKeys: ["k"] });
    answerWith(server, "in");
    expect((await new Agent("a", { apiUrl: server.url, apiKey: "k" }).run("x")).text).toBe("in");
    await expect(new Agent("a", { apiUrl: server.url }).run("x")).rejects.toMatchObject({ code: "unauthenticated", status: 401, retryable: false });
  });
});

describe("a stream whose connections break", () => {
  it.each([1, 2, 3, 4, 5])("gives every event exactly once (seed %i)", async (seed) => {
    const server = await start();
    const total = 400;
    server.service.onMessage = (id, rpcId) => {
      void (async () => {
        for (let index = 1; index <= total; index += 1) {
          server.service.append(id, rpcId, chunk(`${index} ${"ü".repeat(index % 40)}`));
          if (index % 20 === 0) await sleep(1);
        }
        server.service.finish(id, rpcId);
      })();
    };
    const proxy = await startCuttingProxy(server.port, { maxBytes: 12_000, cuts: 25, random: seededRandom(seed) });
    open.push(proxy);
    const agent = new Agent("worker", { apiUrl: proxy.url, retry });
    const events = await collect(agent.stream("count"));
    expect(proxy.cuts).toBeGreaterThan(3);
    expect(events.flatMap((event) => (event.type === "text" ? [Number.parseInt(event.text, 10)] : []))).toEqual(Array.from({ length: total }, (_, index) => index + 1));
    expect(events.at(-1)?.type).toBe("done");
    expect(events.map((event) => event.seq)).toEqual(Array.from({ length: total + 2 }, (_, index) => index + 1));
    expect(await server.service.prompts("default", await agent.sessionId())).toHaveLength(1);
  });

  it("goes on after a goodbye, on the server that comes after", async () => {
    const first = await start();
    const id = await first.createSession();
    const seen: number[] = [];
    const reading = (async () => {
      for await (const event of new Session(id, new ApiClient({ apiUrl: first.url, retry })).events({ after: 0 })) {
        seen.push(event.seq);
        if (seen.length === 40) return;
      }
    })();
    for (let index = 0; index < 20; index += 1) first.service.append(id, null, chunk("a"));
    await expect.poll(() => seen.length).toBe(20);
    first.service.drain();
    await first[Symbol.asyncDispose]();
    first.service.undrain();
    for (let index = 0; index < 20; index += 1) first.service.append(id, null, chunk("b"));
    await start({ port: first.port, service: first.service });
    await reading;
    expect(seen).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
  });

  it("counts silence as a break", async () => {
    const server = await start({ heartbeatMs: 60_000 });
    const id = await server.createSession();
    let connections = 0;
    const counting: typeof fetch = (input, init) => {
      connections += 1;
      return fetch(input, init);
    };
    const session = new Session(id, new ApiClient({ apiUrl: server.url, retry, streamIdleMs: 50, fetch: counting }));
    const next = session.events({ after: 0 }).next();
    await expect.poll(() => connections).toBeGreaterThan(2);
    server.service.append(id, null, chunk("at last"));
    expect((await next).value).toMatchObject({ type: "text", text: "at last" });
  });

  it("does not come back to a session that is gone", async () => {
    const server = await start();
    const api = new ApiClient({ apiUrl: server.url, retry });
    await expect(collect(new Session("00000000-0000-4000-8000-00000000dead", api).events())).rejects.toThrow(ApiError);
  });
});

it("has a method for every route, and each works", async () => {
  const server = await start();
  const api = new ApiClient({ apiUrl: server.url });
  const { session_id: id } = await api.createSession({ agent_type: "demo", provision: false, env: { A: "b" } });
  expect(await api.health()).toMatchObject({ status: "ok" });
  expect((await api.getSession(id)).env).toEqual({ A: "b" });
  expect((await api.getSandbox(id)).status).toBe("missing");
  expect((await api.getSessionStatus(id)).agent_busy).toBe(false);
  await api.createSession({});
  const page = await api.listSessions({ limit: 1 });
  expect([page.items.length, page.nextCursor]).toEqual([1, "1"]);
  expect((await api.listSessions({ limit: 1, cursor: page.nextCursor ?? "" })).nextCursor).toBeNull();
  const all = await Array.fromAsync(everyItem((cursor) => api.listSessions({ limit: 1, cursor })));
  expect(new Set(all.map((item) => item.session_id)).size).toBe(2);
  expect(await api.uploadFile(id, "a b.txt", "grüße")).toMatchObject({ size: 7 });
  expect(await api.uploadFile(id, "streamed", new Blob(["abc"]).stream())).toMatchObject({ size: 3 });
  expect(await api.readFile(id, "a b.txt")).toEqual({ content: "grüße" });
  expect(await new Response(await api.downloadFile(id, "a b.txt")).text()).toBe("grüße");
  expect(await api.editFile(id, { path: "a b.txt", old_string: "grüße", new_string: "x" })).toMatchObject({ replacements: 1 });
  expect(await api.renameFile(id, "a b.txt", "c.txt")).toMatchObject({ new_path: "c.txt" });
  expect((await api.getFileTree(id, { stat: true })).entries).toHaveLength(2);
  expect(await api.deleteFile(id, "c.txt")).toMatchObject({ path: "c.txt" });
  expect(await api.exec(id, { command: "true" })).toMatchObject({ exit_code: 0 });
  expect(await api.resume(id, { env: {} })).toMatchObject({ status: "resumed" });
  expect(await api.release(id)).toMatchObject({ lifecycle: "hibernated" });
  const { rpc_id: rpcId } = await api.sendMessage(id, { message: "x" });
  expect(await api.listPrompts(id)).toMatchObject([{ rpc_id: rpcId }]);
  await expect(api.withdrawPrompt(id, rpcId)).rejects.toMatchObject({ code: "conflict" });
  expect(await api.cancel(id)).toEqual({ status: "ok" });
  expect(await api.getLog(id, { limit: 5 })).toHaveLength(1);
  await api.deleteSession(id);
  await expect(api.getSession(id)).rejects.toMatchObject({ code: "not_found", status: 404 });
});
