import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestServer, type TestServer } from "./support/test-server.ts";

let server: TestServer;
let id: string;
beforeAll(async () => {
  server = await startTestServer();
  id = await server.createSession();
});
afterAll(() => server[Symbol.asyncDispose]());

async function call(method: string, path: string, body?: unknown): Promise<{ readonly status: number; readonly body: unknown; readonly headers: Headers }> {
  const init = body === undefined ? { method } : { method, headers: { "content-type": "application/json; charset=utf-8" }, body: JSON.stringify(body) };
  const response = await fetch(`${server.url}${path}`, init);
  const text = await response.text();
  return { status: response.status, body: text === "" ? null : (JSON.parse(text) as unknown), headers: response.headers };
}

it("creates a session with the answer of the document", async () => {
  const { status, body } = await call("POST", "/sessions", { agent_type: "demo", provision: false, secrets: { A: "b" } });
  expect(status).toBe(200);
  expect(Object.keys(body as object).toSorted()).toEqual(["agent_id", "connected", "id", "inner_session_id", "sandbox_ref", "session_id", "volume_id", "workspace"]);
  expect(body).toMatchObject({ sandbox_ref: null, connected: false });
});

it("never shows a secret's value", async () => {
  const created = await call("POST", "/sessions", { secrets: { MY_KEY: "planted-secret" } });
  const { session_id: sessionId } = created.body as { session_id: string };
  const { body } = await call("GET", `/sessions/${sessionId}`);
  expect(body).toMatchObject({ secrets: { keys: ["MY_KEY"] }, env: {}, last_seq: 0, status: "hibernated" });
  expect(JSON.stringify(body)).not.toContain("planted");
});

it("lists as a bare array, with a link to the next page", async () => {
  await server.createSession();
  const { body, headers } = await call("GET", "/sessions?limit=1");
  expect(body).toHaveLength(1);
  expect(body).toMatchObject([{ idle_seconds: 0, shutdown_requested: false }]);
  expect(headers.get("link")).toBe('</sessions?limit=1&cursor=1>; rel="next"');
});

it("answers status, sandbox, prompts, cancel, resume, release and log in the document's fields", async () => {
  const fields = async (method: string, path: string): Promise<readonly string[]> => Object.keys((await call(method, path)).body as object).toSorted();
  expect(await fields("GET", `/sessions/${id}/status`)).toEqual(["active_rpc_id", "agent_busy", "agent_id", "has_client", "idle_seconds", "inner_session_id", "last_activity", "owner", "pending_count", "pending_permissions", "sandbox_ref", "session_id", "session_subscriber_count", "supervisor_port", "supervisor_url"]);
  expect(await fields("GET", `/sessions/${id}/sandbox`)).toEqual(["provider", "root", "sandbox_ref", "session_id", "status", "url"]);
  expect((await call("GET", `/sessions/${id}/prompts`)).body).toEqual({ prompts: [] });
  expect((await call("POST", `/sessions/${id}/cancel`)).body).toEqual({ status: "ok", detail: "no active lease" });
  expect(await fields("POST", `/sessions/${id}/resume`)).toEqual(["agent_id", "inner_session_id", "sandbox_ref", "session_id", "status"]);
  expect((await call("POST", `/sessions/${id}/release`)).body).toEqual({ lifecycle: "hibernated", snapshot_path: null, snapshot_version: null });
  expect((await call("GET", `/sessions/${id}/log`)).body).toEqual([{ id: 1, event_type: "user_message", payload: { text: "hello" }, created_at: "1970-01-01T00:00:00.000Z", session_id: id }]);
});

it("accepts a message, repeats it safely, and shows the prompt", async () => {
  const message = { message: "hello", rpc_id: "r-1" };
  expect((await call("POST", `/sessions/${id}/message`, message)).body).toEqual({ rpc_id: "r-1", status: "queued" });
  expect((await call("POST", `/sessions/${id}/message`, message)).body).toEqual({ rpc_id: "r-1", status: "queued" });
  expect((await call("GET", `/sessions/${id}/prompts`)).body).toMatchObject({ prompts: [{ rpc_id: "r-1", status: "running", message: [{ type: "text", text: "hello" }] }] });
  expect((await call("DELETE", `/sessions/${id}/prompts/r-1`)).status).toBe(409);
  expect((await call("POST", `/sessions/${id}/cancel`)).body).toEqual({ status: "ok" });
});

it("moves files in every form", async () => {
  const base = `/sessions/${id}/files`;
  const bytes = Uint8Array.from({ length: 300 }, (_, index) => index % 256);
  expect((await call("POST", `${base}/upload`, { path: "b.bin", content: Buffer.from(bytes).toString("base64") })).body).toEqual({ status: "ok", path: "b.bin", size: 300 });
  expect((await call("POST", `${base}/upload`, { path: "b.bin", content: "not base64!" })).status).toBe(400);
  expect((await call("GET", `${base}/read?path=b.bin`)).body).toEqual({ content_base64: Buffer.from(bytes).toString("base64") });
  for (const method of ["PUT", "POST"]) {
    const response = await fetch(`${server.url}${base}/upload?path=${method}.bin`, { method, headers: { "content-type": "application/octet-stream" }, body: bytes });
    expect(await response.json()).toEqual({ status: "ok", path: `${method}.bin`, size: 300 });
  }
  expect((await call("POST", `${base}/edit`, { path: "a.txt", content: "grüße" })).body).toMatchObject({ status: "ok", path: "a.txt" });
  expect((await call("GET", `${base}/read?path=a.txt`)).body).toEqual({ content: "grüße" });
  expect((await call("POST", `${base}/rename`, { path: "a.txt", new_path: "c d.txt" })).body).toEqual({ status: "ok", path: "a.txt", new_path: "c d.txt" });
  const download = await fetch(`${server.url}${base}/download?path=c%20d.txt`);
  expect([await download.text(), download.headers.get("content-length"), download.headers.get("content-disposition")]).toEqual(["grüße", "7", "attachment; filename*=UTF-8''c%20d.txt"]);
  expect((await call("GET", `${base}/tree?stat=1`)).body).toMatchObject({ tree: "b.bin\nPUT.bin\nPOST.bin\nc d.txt", entries: [{ path: "b.bin", kind: "file", size: 300 }, {}, {}, {}] });
  expect((await call("POST", `${base}/delete`, { path: "c d.txt" })).body).toEqual({ status: "ok", path: "c d.txt" });
  expect((await call("GET", `${base}/read?path=c%20d.txt`)).status).toBe(404);
});

it("answers the head of a download by its size, and lets its bytes go unread", async () => {
  const base = `/sessions/${id}/files`;
  await call("POST", `${base}/upload`, { path: "head.bin", content: "AAAA" });
  const files = await server.service.files("default", id);
  for (let count = 0; count < 200; count += 1) {
    const { status, body, headers } = await call("HEAD", `${base}/download?path=head.bin`);
    expect([status, body, headers.get("content-length"), headers.get("x-content-type-options")]).toEqual([200, null, "3", "nosniff"]);
  }
  expect(files.openDownloads()).toBe(0);
  expect((await call("HEAD", `${base}/download?path=none`)).status).toBe(404);
  expect((await call("HEAD", `/sessions/${id}/events`)).status).toBe(400);
  expect((await server.service.status("default", id)).subscribers).toBe(0);
});

it("answers 429 with Retry-After when a queue is full", async () => {
  server.service.isFull = true;
  for (const path of ["message", "message+stream"]) {
    const { status, body, headers } = await call("POST", `/sessions/${id}/${path}`, { message: "x" });
    expect([status, headers.get("retry-after"), body]).toMatchObject([429, "1", { code: "rate_limited", max_prompts: 1000, max_bytes: 33_554_432 }]);
  }
  server.service.isFull = false;
});

it("takes base64 uploads above 1 MB, and not above their own bound", async () => {
  const content = Buffer.alloc(3_000_000, 7).toString("base64");
  expect((await call("POST", `/sessions/${id}/files/upload`, { path: "big", content })).body).toMatchObject({ size: 3_000_000 });
  expect((await call("POST", `/sessions/${id}/files/upload`, { path: "big", content: "A".repeat(29_000_000) })).status).toBe(413);
});

it("aborts a command when its caller leaves", async () => {
  const aborted = new Promise<void>((resolve) => {
    server.service.onAbort = resolve;
  });
  const controller = new AbortController();
  const body = JSON.stringify({ command: "wait" });
  const request = fetch(`${server.url}/sessions/${id}/sandbox/exec`, { method: "POST", headers: { "content-type": "application/json" }, body, signal: controller.signal });
  await sleep(50);
  controller.abort();
  await expect(request).rejects.toThrow();
  await aborted;
  expect(server.service.onAbort).toBeTypeOf("function");
});

it("deletes with 204, whether or not there is anything", async () => {
  const other = await server.createSession();
  for (const path of [other, other, "not-a-uuid"]) expect((await call("DELETE", `/sessions/${path}`)).status).toBe(204);
  expect((await call("GET", `/sessions/${other}`)).status).toBe(404);
});

it("tells its health with counts, and 503 with Retry-After while draining", async () => {
  expect((await call("GET", "/health")).body).toMatchObject({ status: "ok", version: "test", busy_sessions: 0 });
  server.setDraining(true);
  const { status, body, headers } = await call("POST", `/sessions/${id}/message`, { message: "x" });
  server.setDraining(false);
  expect([status, headers.get("retry-after"), body]).toMatchObject([503, "1", { code: "draining" }]);
});
