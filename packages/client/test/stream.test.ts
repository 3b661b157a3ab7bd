import type { ServerResponse } from "node:http";
import { expect, it } from "vitest";
import { ApiClient, ApiError, Session, type RetryNotice, type StreamEvent } from "../src/index.ts";
import { reply, serve } from "./support.ts";

const id = "00000000-0000-4000-8000-000000000001";
const retry = { firstDelayMs: 1, maxDelayMs: 2, giveUpAfterMs: 500 };

function frame(seq: number, rpcId: string | null = null, message: object = { jsonrpc: "2.0", method: "test/count", params: { seq, text: "ü€😀" } }): string {
  return `id: ${seq}\nevent: ${rpcId === null ? "session" : `rpc:${rpcId}`}\ndata: ${JSON.stringify(message)}\n\n`;
}

function goodbye(reason: string): string {
  return `event: session\ndata: ${JSON.stringify({ jsonrpc: "2.0", method: "_agent_sdk/goodbye", params: { reason, position: 0 } })}\n\n`;
}

function frames(from: number, to: number): string {
  return Array.from({ length: to - from + 1 }, (_, index) => frame(from + index)).join("");
}

function begin(response: ServerResponse): ServerResponse {
  return response.writeHead(200, { "content-type": "text/event-stream" });
}

/** A server whose n-th stream is answered by `answer`, with the number that was asked for. */
function streams(answer: (response: ServerResponse, after: number, connection: number) => void): ReturnType<typeof serve> {
  let connection = 0;
  return serve((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "", "http://test");
    if (!pathname.endsWith("/events")) return reply(response, 200, { last_seq: 0 });
    connection += 1;
    return answer(response, Number(searchParams.get("after")), connection);
  });
}

async function seqs(events: AsyncIterable<StreamEvent>): Promise<readonly number[]> {
  return (await Array.fromAsync(events)).map(({ seq }) => seq);
}

async function failure(events: AsyncIterable<unknown>): Promise<unknown> {
  return Array.fromAsync(events).then(
    () => null,
    (error: unknown) => error,
  );
}

it("gives every event once wherever the bytes are cut", async () => {
  const bytes = Buffer.from(frames(1, 3));
  let connections = 0;
  let cut = 0;
  await using server = await streams((response, after) => {
    connections += 1;
    begin(response).flushHeaders();
    // Half of them end as if they were complete.
    if (connections % 2 === 1) response.write(bytes.subarray(0, cut), () => (cut % 2 === 0 ? response.destroy() : response.end()));
    else response.end(frames(after + 1, 4));
  });
  const api = new ApiClient({ apiUrl: server.url, retry });
  for (cut = 0; cut <= bytes.length; cut += 1) {
    const found: number[] = [];
    for await (const { seq } of api.streamEvents(id, { after: 0 })) if (found.push(seq) === 4) break;
    expect(found, `cut after ${cut} bytes`).toEqual([1, 2, 3, 4]);
  }
}, 60_000);

it("does not take a goodbye for the end of what there is", async () => {
  await using server = await streams((response, after, connection) => void begin(response).end(connection === 1 ? frames(1, 2) + goodbye("draining") : frames(after + 1, 4)));
  expect(await seqs(new ApiClient({ apiUrl: server.url, retry }).streamEvents(id, { after: 0, follow: false }))).toEqual([1, 2, 3, 4]);
});

it("drops what was given before, and asks again for what was left out", async () => {
  const asked: number[] = [];
  await using server = await streams((response, after, connection) => {
    asked.push(after);
    begin(response).end(connection === 1 ? frames(1, 2) + frames(1, 3) + frame(5) : frames(after + 1, 6));
  });
  expect(await seqs(new ApiClient({ apiUrl: server.url, retry }).streamEvents(id, { after: 0, follow: false }))).toEqual([1, 2, 3, 4, 5, 6]);
  expect(asked).toEqual([0, 3]);
});

it("gives up on a server that ends every stream at once, but not on one that shows signs of life", async () => {
  await using silent = await streams((response) => void begin(response).end());
  expect(await failure(new ApiClient({ apiUrl: silent.url, retry: { ...retry, streamGiveUpAfterMs: 50 } }).streamEvents(id, { after: 0 }))).toMatchObject({ code: "unreachable", retryable: true });
  await using alive = await streams((response, after, connection) => void begin(response).end(connection < 100 ? ": keep-alive\n\n" : frame(after + 1)));
  const events = new ApiClient({ apiUrl: alive.url, retry: { ...retry, streamGiveUpAfterMs: 50 } }).streamEvents(id, { after: 0 });
  expect((await events.next()).value).toMatchObject({ seq: 1 });
  await events.return();
});

it("does not take something else for a stream, nor wait for it to become one", async () => {
  await using page = await serve((_request, response) => void response.writeHead(200, { "content-type": "text/html" }).end("<p>Welcome</p>"));
  expect(await failure(new ApiClient({ apiUrl: page.url }).streamEvents(id, { after: 0 }))).toMatchObject({ code: "invalid_answer", retryable: false });
  await using nonsense = await streams((response) => void begin(response).end("id: 1\nevent: session\ndata: {nonsense\n\n"));
  expect(await failure(new ApiClient({ apiUrl: nonsense.url }).streamEvents(id, { after: 0 }))).toMatchObject({ code: "invalid_answer", retryable: false });
});

it("tells that a position is too old, and that a session is gone, without trying again", async () => {
  let calls = 0;
  await using server = await streams((response, after) => {
    calls += 1;
    if (after === 7) begin(response).end(goodbye("session_deleted"));
    else reply(response, 410, { error: "Too old.", code: "cursor_expired", request_id: "r", first_seq: 90 });
  });
  const api = new ApiClient({ apiUrl: server.url, retry });
  const expired = await failure(api.streamEvents(id, { after: 3 }));
  expect(expired).toBeInstanceOf(ApiError);
  expect(expired).toMatchObject({ code: "cursor_expired", status: 410, retryable: false, details: { first_seq: 90 } });
  expect(await failure(api.streamEvents(id, { after: 7 }))).toMatchObject({ code: "not_found", status: 404 });
  expect(calls).toBe(2);
});

it("gives a prompt that is over, from the oldest event that is kept", async () => {
  const asked: number[] = [];
  await using server = await streams((response, after) => {
    asked.push(after);
    if (after < 89) reply(response, 410, { error: "Too old.", code: "cursor_expired", request_id: "r", first_seq: 90 });
    else begin(response).end(frame(90, "p") + frame(91, "p", { jsonrpc: "2.0", id: "p", result: { stopReason: "end_turn" } }));
  });
  const events = await Array.fromAsync(new Session(id, new ApiClient({ apiUrl: server.url, retry })).events({ rpcId: "p" }));
  expect(events.map(({ seq, type }) => [seq, type])).toEqual([[90, "other"], [91, "done"]]);
  expect(asked).toEqual([0, 89]);
});

it("waits for as long as the server asks, grows its pauses and tells of them", async () => {
  const enough = new Error("enough");
  const notices: RetryNotice[] = [];
  const noted = async (retryAfter: string | undefined, count: number): Promise<readonly RetryNotice[]> => {
    notices.length = 0;
    await using server = await serve((_request, response) => {
      response.writeHead(503, { "content-type": "application/json", ...(retryAfter === undefined ? {} : { "retry-after": retryAfter }) }).end(JSON.stringify({ error: "Later.", code: "draining", request_id: "r" }));
    });
    const onRetry = (notice: RetryNotice): void => {
      notices.push(notice);
      if (notices.length === count) throw enough;
    };
    expect(await failure(new ApiClient({ apiUrl: server.url, retry: { firstDelayMs: 4, maxDelayMs: 16, giveUpAfterMs: Number.POSITIVE_INFINITY, onRetry } }).streamEvents(id, { after: 0 }))).toBe(enough);
    return [...notices];
  };
  const grown = await noted(undefined, 6);
  expect(grown.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4, 5, 6]);
  for (const [index, ceiling] of [4, 8, 16, 16, 16, 16].entries()) {
    expect(grown[index]?.delayMs).toBeGreaterThanOrEqual(ceiling / 2);
    expect(grown[index]?.delayMs).toBeLessThanOrEqual(ceiling);
  }
  expect((await noted("7", 1))[0]).toMatchObject({ delayMs: 7000, error: { code: "draining" } });
  const [dated] = await noted(new Date(Date.now() + 60_000).toUTCString(), 1);
  expect(dated?.delayMs).toBeGreaterThan(50_000);
});

it("goes on where all events were read to, not where one prompt's were", async () => {
  const other = frame(1, "a") + frame(2, "b") + frame(3, "a", { jsonrpc: "2.0", id: "a", result: { stopReason: "end_turn" } });
  await using server = await serve((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "", "http://test");
    if (!pathname.endsWith("/events")) return reply(response, 200, { last_seq: 0 });
    const wanted = other.split(/(?<=\n\n)/).filter((text) => Number(/^id: (\d+)/.exec(text)?.[1]) > Number(searchParams.get("after")));
    const rpcId = searchParams.get("rpc_id");
    begin(response).end(wanted.filter((text) => rpcId === null || text.includes(`rpc:${rpcId}`)).join(""));
    return undefined;
  });
  const session = new Session(id, new ApiClient({ apiUrl: server.url, retry }));
  const read = async (options: { readonly rpcId?: string; readonly follow?: false }): Promise<readonly number[]> => (await Array.fromAsync(session.events(options))).map(({ seq }) => seq);
  expect(await read({ rpcId: "a" })).toEqual([1, 3]);
  expect(await read({ follow: false })).toEqual([1, 2, 3]);
  expect(await read({ follow: false })).toEqual([]);
});
