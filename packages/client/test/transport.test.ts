import { expect, it } from "vitest";
import { Agent, ApiClient, ApiError, isApiError, isPromptError, PromptError } from "../src/index.ts";
import { json, reply, serve } from "./support.ts";

const id = "00000000-0000-4000-8000-000000000001";

async function thrownBy(promise: Promise<unknown>): Promise<ApiError> {
  const error: unknown = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error instanceof ApiError) return error;
  throw new Error("no ApiError was thrown", { cause: error });
}

it("does not send credentials in the clear to another machine", async () => {
  expect(() => new ApiClient({ apiUrl: "http://agents.example.test", apiKey: "k" })).toThrow(expect.objectContaining({ code: "insecure_url" }));
  expect(() => new Agent("a", { apiUrl: "http://10.0.0.1:7778", apiKey: "k" })).toThrow(ApiError);
  expect(() => new ApiClient({ apiUrl: "http://localhost.evil.test", apiKey: "k" })).toThrow(ApiError);
  expect(() => new ApiClient({ apiUrl: "http://agents.localhost", apiKey: "k" })).toThrow(ApiError);
  for (const apiUrl of ["https://agents.example.test", "http://localhost:1", "http://127.0.0.1:1", "http://[::1]:1"]) expect(new ApiClient({ apiUrl, apiKey: "k" })).toBeInstanceOf(ApiClient);
  const client = new ApiClient({ apiUrl: "http://agents.example.test" });
  expect(await thrownBy(client.createSession({ secrets: { A: "b" } }))).toMatchObject({ code: "insecure_url" });
  expect(await thrownBy(client.createSession({ config: { secrets: { A: "b" } } }))).toMatchObject({ code: "insecure_url" });
  for (const mcp_servers of [{ m: { type: "http", url: "https://m.test", headers: { authorization: "x" } } }, { m: { command: "m", env: { A: "b" } } }, [{ name: "m", command: "m", args: [], env: [{ name: "A", value: "b" }] }]] as const) {
    expect(await thrownBy(client.createSession({ mcp_servers }))).toMatchObject({ code: "insecure_url" });
  }
  expect(await thrownBy(client.resume(id, { secrets: { A: "b" } }))).toMatchObject({ code: "insecure_url" });
});

it("takes only addresses that are one", () => {
  for (const apiUrl of ["ftp://x", "nonsense", "https://user:pass@x"]) expect(() => new ApiClient({ apiUrl })).toThrow(expect.objectContaining({ code: "invalid_url" }));
});

it("sends the key and a path prefix, and keeps fields that it does not know", async () => {
  await using server = await serve((request, response) => {
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ session_id: id, url: request.url, key: request.headers.authorization, of_the_future: 1 }));
  });
  const row = await new ApiClient({ apiUrl: `${server.url}/behind/a/proxy/`, apiKey: "k" }).getSession(id);
  expect(row).toEqual({ session_id: id, url: `/behind/a/proxy/sessions/${id}`, key: "Bearer k", of_the_future: 1 });
});

it("tells errors by code, status and whether they may pass, also a proxy's", async () => {
  await using server = await serve((request, response) => {
    if (request.url?.endsWith("/status")) response.writeHead(404, { "content-type": "text/html" }).end("<h1>Not here</h1>");
    else reply(response, 409, { error: "Taken.", code: "conflict", request_id: "r", field: "id" });
  });
  const client = new ApiClient({ apiUrl: server.url });
  expect(await thrownBy(client.getSession(id))).toMatchObject({ message: "Taken.", code: "conflict", status: 409, retryable: false, requestId: "r", details: { field: "id" } });
  expect(await thrownBy(client.getSessionStatus(id))).toMatchObject({ code: "invalid_answer", status: 404, retryable: false });
});

it("repeats a message with the same id while the server is not ready, and a command never", async () => {
  const ids: unknown[] = [];
  await using server = await serve((request, response) => {
    void json(request).then((body) => {
      ids.push(body["rpc_id"]);
      if (ids.length === 1) request.socket.destroy();
      else if (ids.length === 2) reply(response, 503, { error: "x", code: "draining", request_id: "r" });
      else reply(response, 200, { rpc_id: ids[0], status: "queued" });
    });
  });
  const client = new ApiClient({ apiUrl: server.url, retry: { firstDelayMs: 1 } });
  const { rpc_id: rpcId } = await client.sendMessage(id, { message: "x" });
  expect(ids).toEqual([rpcId, rpcId, rpcId]);
  ids.length = 0;
  expect(await thrownBy(client.exec(id, { command: "true" }))).toMatchObject({ code: "unreachable", status: 0, retryable: true });
  expect(ids).toHaveLength(1);
});

it("does not make a second session when the answer to the first is lost", async () => {
  const made = new Set<unknown>();
  await using server = await serve((request, response) => {
    void json(request).then((body) => {
      if (request.method === "GET") reply(response, 200, { session_id: [...made][0], agent_id: "a", volume_id: "v", workspace: null, sandbox_ref: null, inner_session_id: null });
      else if (made.has(body["id"])) reply(response, 409, { error: "Taken.", code: "conflict", request_id: "r" });
      else {
        made.add(body["id"]);
        request.socket.destroy();
      }
    });
  });
  const created = await new ApiClient({ apiUrl: server.url, retry: { firstDelayMs: 1 } }).createSession({});
  expect([...made]).toEqual([created.session_id]);
});

it("gives up after the time that it was given, and at once for what cannot pass", async () => {
  await using server = await serve((request, response) => {
    if (request.url?.includes("/log")) reply(response, 404, {});
    else request.socket.destroy();
  });
  const client = new ApiClient({ apiUrl: server.url, retry: { firstDelayMs: 5, maxDelayMs: 10, giveUpAfterMs: 60 } });
  expect(await thrownBy(client.getSession(id))).toMatchObject({ code: "unreachable" });
  expect(await thrownBy(client.getLog(id))).toMatchObject({ status: 404 });
});

it("rejects with the caller's reason when it aborts", async () => {
  await using server = await serve(() => {});
  const reason = new Error("enough");
  const client = new ApiClient({ apiUrl: server.url });
  await expect(client.getSession(id, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  const controller = new AbortController();
  const pending = client.getSession(id, { signal: controller.signal });
  setTimeout(() => controller.abort(reason), 20);
  await expect(pending).rejects.toBe(reason);
});

it("follows no redirect", async () => {
  await using server = await serve((_request, response) => {
    response.writeHead(307, { location: "http://elsewhere.test/" }).end();
  });
  const client = new ApiClient({ apiUrl: server.url, apiKey: "k", retry: { giveUpAfterMs: 0 } });
  expect(await thrownBy(client.getSession(id))).toMatchObject({ code: "unreachable" });
});

it("gives up on a connection over which no answer comes, and takes another", async () => {
  let calls = 0;
  await using server = await serve((_request, response) => {
    calls += 1;
    if (calls > 2) reply(response, 200, { session_id: id });
  });
  const notices: unknown[] = [];
  const client = new ApiClient({ apiUrl: server.url, callTimeoutMs: 200, retry: { firstDelayMs: 1, onRetry: ({ error }) => notices.push((error as ApiError).code) } });
  expect(await client.getSession(id)).toMatchObject({ session_id: id });
  expect(notices.slice(0, 2)).toEqual(["unreachable", "unreachable"]);
});

it("gives up on an answer that begins and does not end", async () => {
  await using server = await serve((_request, response) => {
    response.writeHead(200, { "content-type": "application/json" }).write('{"session_id":');
  });
  const client = new ApiClient({ apiUrl: server.url, callTimeoutMs: 30, retry: { giveUpAfterMs: 0 } });
  expect(await thrownBy(client.getSession(id))).toMatchObject({ code: "unreachable", retryable: true });
});

it("does not take a page for an answer", async () => {
  await using server = await serve((_request, response) => void response.writeHead(200, { "content-type": "text/html" }).end("<p>Welcome</p>"));
  const client = new ApiClient({ apiUrl: server.url });
  expect(await thrownBy(client.getSession(id))).toMatchObject({ code: "invalid_answer", status: 200, retryable: false });
});

it("leaves no listener on a signal that outlives the calls", async () => {
  await using server = await serve((_request, response) => reply(response, 200, { session_id: id }));
  const { signal } = new AbortController();
  let listeners = 0;
  const counting = new Proxy(signal, {
    get: (target, name) => {
      if (name === "addEventListener") listeners += 1;
      if (name === "removeEventListener") listeners -= 1;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
  const client = new ApiClient({ apiUrl: server.url });
  for (let call = 0; call < 5; call += 1) await client.getSession(id, { signal: counting });
  expect(listeners).toBe(0);
});

it("makes one session for all who wait, and lets one of them leave", async () => {
  let made = 0;
  await using server = await serve((request, response) => {
    void json(request).then((body) => {
      made += 1;
      setTimeout(() => reply(response, 200, { session_id: body["id"] }), 30);
    });
  });
  const agent = new Agent("shared", { apiUrl: server.url });
  const controller = new AbortController();
  const reason = new Error("not me");
  const leaving = agent.sessionId({ signal: controller.signal });
  const staying = agent.sessionId();
  controller.abort(reason);
  await expect(leaving).rejects.toBe(reason);
  expect(await staying).toBe(await agent.sessionId());
  expect(made).toBe(1);
});

it("recognises its errors in every copy of the package", async () => {
  const copy = { [Symbol.for("agent-sdk.client.error")]: "ApiError", code: "conflict" };
  expect([isApiError(copy), isApiError(copy, "conflict"), isApiError(copy, "not_found"), isApiError(new Error("x")), isApiError(null)]).toEqual([true, true, false, false, false]);
  const died = new PromptError("p", "timeout", "It took too long.", "so far");
  expect([isPromptError(died), isPromptError(died, "timeout"), isPromptError(died, "unknown"), isApiError(died), died.text]).toEqual([true, true, false, false, "so far"]);
});
