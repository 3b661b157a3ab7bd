import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, it } from "vitest";
import { dechunk, openRaw, readAll } from "./support/raw-http.ts";
import { startTestServer, type TestServer } from "./support/test-server.ts";

const servers: TestServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server[Symbol.asyncDispose]();
});

async function start(...options: Parameters<typeof startTestServer>): Promise<{ readonly server: TestServer; readonly id: string }> {
  const server = await startTestServer(...options);
  servers.push(server);
  return { server, id: await server.createSession() };
}

function update(text: string): string {
  return JSON.stringify({ jsonrpc: "2.0", method: "session/update", params: { update: { sessionUpdate: "agent_message_chunk", content: { type: "text", text } } } });
}

/** The numbers of the events in a stream's text. */
function numbers(text: string): readonly number[] {
  return [...text.matchAll(/^id: (\d+)$/gm)].map((match) => Number(match[1]));
}

function count(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

it("sends the bytes of the document", async () => {
  const { server, id } = await start();
  server.service.append(id, null, '{"jsonrpc":"2.0","method":"_agent_sdk/restored","params":{"how":"load"}}');
  server.service.append(id, "p1", '{"jsonrpc":"2.0",  "method":"session/update","params":{"text":"ü \\n \u2028"}}');
  server.service.append(id, "p1", '{"jsonrpc":"2.0",\n"id":"p1","result":{"stopReason":"end_turn"}}');
  const response = await fetch(`${server.url}/sessions/${id}/events?after=0&follow=false`);
  expect(Object.fromEntries(["content-type", "cache-control", "x-accel-buffering"].map((name) => [name, response.headers.get(name)]))).toEqual({
    "content-type": "text/event-stream",
    "cache-control": "no-cache",
    "x-accel-buffering": "no",
  });
  expect(await response.text()).toBe(
    'id: 1\nevent: session\ndata: {"jsonrpc":"2.0","method":"_agent_sdk/restored","params":{"how":"load"}}\n\n' +
      'id: 2\nevent: rpc:p1\ndata: {"jsonrpc":"2.0",  "method":"session/update","params":{"text":"ü \\n \u2028"}}\n\n' +
      'id: 3\nevent: rpc:p1\ndata: {"jsonrpc":"2.0","id":"p1","result":{"stopReason":"end_turn"}}\n\n',
  );
});

it("starts after the header's number, after the query's, or at now", async () => {
  const { server, id } = await start();
  for (const text of ["a", "b", "c"]) server.service.append(id, null, update(text));
  const read = async (query: string, headers: Record<string, string> = {}): Promise<readonly number[]> => numbers(await (await fetch(`${server.url}/sessions/${id}/events?follow=false${query}`, { headers })).text());
  expect(await read("&after=1")).toEqual([2, 3]);
  expect(await read("&after=1", { "last-event-id": "2" })).toEqual([3]);
  expect(await read("")).toEqual([]);
});

it("follows live, and tells an idle reader that it is there", async () => {
  const { server, id } = await start({ heartbeatMs: 40 });
  const controller = new AbortController();
  const response = await fetch(`${server.url}/sessions/${id}/events`, { signal: controller.signal });
  const reader = (response.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream()).getReader();
  expect((await reader.read()).value).toBe(": keep-alive\n\n");
  server.service.append(id, null, update("live"));
  let text = "";
  while (!text.includes("id: 1\n")) text += (await reader.read()).value ?? "";
  controller.abort();
  await expect.poll(async () => (await server.service.status("default", id)).subscribers).toBe(0);
});

it("ends message+stream after the prompt's terminal frame, whatever its texts look like", async () => {
  const { server, id } = await start();
  server.service.onMessage = (sessionId, rpcId) => {
    server.service.append(sessionId, rpcId, update('{"stopReason":"end_turn"} "error": {"code":1}'));
    server.service.append(sessionId, null, update("of the session"));
    server.service.append(sessionId, rpcId, update("more"));
    server.service.finish(sessionId, rpcId);
    server.service.append(sessionId, rpcId, update("never sent"));
  };
  const send = async (): Promise<string> => {
    const body = JSON.stringify({ message: "go", rpc_id: "p" });
    return (await fetch(`${server.url}/sessions/${id}/message+stream`, { method: "POST", headers: { "content-type": "application/json" }, body })).text();
  };
  const first = await send();
  expect(numbers(first)).toEqual([1, 2, 4, 5]);
  expect(first.endsWith('id: 5\nevent: rpc:p\ndata: {"jsonrpc":"2.0","id":"p","result":{"stopReason":"end_turn"}}\n\n')).toBe(true);
  // The repetition of a message whose answer was lost brings the same.
  expect(await send()).toBe(first);
});

it("says goodbye with a position and without a number when the server drains", async () => {
  const { server, id } = await start();
  server.service.append(id, null, update("a"));
  const response = await fetch(`${server.url}/sessions/${id}/events?after=0`);
  await sleep(30);
  server.service.drain();
  const text = await response.text();
  expect(text.slice(text.indexOf("\n\n") + 2)).toBe('event: session\ndata: {"jsonrpc":"2.0","method":"_agent_sdk/goodbye","params":{"reason":"draining","position":1}}\n\n');
});

it("cuts off a reader that stops reading, while another goes on and memory stays flat", async () => {
  const { server, id } = await start({ stallMs: 300 });
  const total = 20_000;
  const big = update("x".repeat(2000));
  const stuck = await openRaw(server.port, [`GET /sessions/${id}/events?after=0 HTTP/1.1`, "Host: localhost", "Connection: close"]);
  stuck.pause();
  const controller = new AbortController();
  const alive = await fetch(`${server.url}/sessions/${id}/events?after=0`, { signal: controller.signal });
  const before = process.memoryUsage();
  for (let index = 0; index < total; index += 1) server.service.append(id, null, big);
  let text = "";
  const seen: number[] = [];
  for await (const chunk of (alive.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const complete = text.lastIndexOf("\n\n") + 1;
    seen.push(...numbers(text.slice(0, complete)));
    text = text.slice(complete);
    if (seen.length >= total) break;
  }
  expect(seen).toEqual(count(1, total));
  await expect.poll(async () => (await server.service.status("default", id)).subscribers, { timeout: 5000 }).toBe(0);
  // The events themselves are one shared string; 40 MB would be the copies of a queue without a bound.
  expect(process.memoryUsage().external - before.external).toBeLessThan(28_000_000);
  const received = numbers(dechunk(await readAll(stuck)));
  expect(received).toEqual(count(1, received.length));
  expect(received.length).toBeLessThan(total);
});

it("tells a reader that comes back late why it was cut off, and from where to go on", async () => {
  const { server, id } = await start({ stallMs: 100 });
  const big = update("x".repeat(2000));
  for (let index = 0; index < 10_000; index += 1) server.service.append(id, null, big);
  const slow = await openRaw(server.port, [`GET /sessions/${id}/events?after=0 HTTP/1.1`, "Host: localhost", "Connection: close"]);
  slow.pause();
  await sleep(400);
  const text = dechunk(await readAll(slow));
  const last = numbers(text).at(-1);
  expect(last).toBeLessThan(10_000);
  expect(text.slice(text.lastIndexOf("event: session"))).toBe(`event: session\ndata: {"jsonrpc":"2.0","method":"_agent_sdk/goodbye","params":{"reason":"slow_reader","position":${last}}}\n\n`);
});

it("lets go of the subscription when the reader leaves", async () => {
  const { server, id } = await start();
  const socket = await openRaw(server.port, [`GET /sessions/${id}/events HTTP/1.1`, "Host: localhost"]);
  await once(socket, "data");
  await expect.poll(async () => (await server.service.status("default", id)).subscribers).toBe(1);
  socket.destroy();
  await expect.poll(async () => (await server.service.status("default", id)).subscribers).toBe(0);
});
