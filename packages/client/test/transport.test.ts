import { expect, it } from "vitest";
import { Agent, ApiClient, ApiError } from "../src/index.ts";
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
  for (const apiUrl of ["https://agents.example.test", "http://localhost:1", "http://127.0.0.1:1", "http://[::1]:1"]) expect(new ApiClient({ apiUrl, apiKey: "k" })).toBeInstanceOf(ApiClient);
  const client = new ApiClient({ apiUrl: "http://agents.example.test" });
  expect(await thrownBy(client.createSession({ secrets: { A: "b" } }))).toMatchObject({ code: "insecure_url" });
  expect(await thrownBy(client.createSession({ config: { secrets: { A: "b" } } }))).toMatchObject({ code: "insecure_url" });
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
