import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Api } from "./support/api.ts";
import { ServerProcess } from "./support/server-process.ts";
import { Workspace } from "./support/workspace.ts";

const unknownId = "00000000-0000-4000-8000-000000000000";

interface Route {
  readonly method: "DELETE" | "GET" | "POST";
  /** With `{id}` for a session's. */
  readonly path: string;
  /** A body that would be accepted. */
  readonly body?: Readonly<Record<string, unknown>>;
}

const routes: readonly Route[] = [
  { method: "POST", path: "/sessions", body: { agent_type: "demo", provider: "unix_local", provision: false } },
  { method: "GET", path: "/sessions" },
  { method: "GET", path: "/sessions/{id}" },
  { method: "GET", path: "/sessions/{id}/status" },
  { method: "GET", path: "/sessions/{id}/sandbox" },
  { method: "POST", path: "/sessions/{id}/message", body: { message: "hello" } },
  { method: "POST", path: "/sessions/{id}/message+stream", body: { message: "hello" } },
  { method: "GET", path: "/sessions/{id}/events?follow=false&after=0" },
  { method: "GET", path: "/sessions/{id}/prompts" },
  { method: "DELETE", path: "/sessions/{id}/prompts/none" },
  { method: "POST", path: "/sessions/{id}/cancel", body: {} },
  { method: "POST", path: "/sessions/{id}/resume", body: { env: {} } },
  { method: "POST", path: "/sessions/{id}/release", body: {} },
  { method: "GET", path: "/sessions/{id}/log" },
  { method: "POST", path: "/sessions/{id}/sandbox/exec", body: { command: "true" } },
  { method: "GET", path: "/sessions/{id}/files/tree?path=." },
  { method: "GET", path: "/sessions/{id}/files/read?path=x" },
  { method: "GET", path: "/sessions/{id}/files/download?path=x" },
  { method: "POST", path: "/sessions/{id}/files/edit", body: { path: "x", content: "y" } },
  { method: "POST", path: "/sessions/{id}/files/upload", body: { path: "x", content: "eQ==" } },
  { method: "POST", path: "/sessions/{id}/files/delete", body: { path: "x" } },
  { method: "POST", path: "/sessions/{id}/files/rename", body: { path: "x", new_path: "y" } },
];

const bodiless = ["/sessions/{id}/cancel", "/sessions/{id}/release", "/sessions/{id}/resume"];

/** Values that no field takes. Not null: a field that is null is absent. */
const wrong: readonly unknown[] = [17, true, [], [[]], { a: { b: 1 } }, "\u0000", -1e308];
const escapes = ["../../../../etc/passwd", "/etc/passwd", "a/../../../../../etc/shadow", "..", "\u0000", "x\u0000y"];

describe("bad input, on the real server", () => {
  let workspace: Workspace;
  let server: ServerProcess;
  let id: string;

  beforeAll(async () => {
    workspace = await Workspace.create();
    server = await ServerProcess.start({ home: workspace.home });
    id = await new Api(server.url).session();
  });

  afterAll(async () => {
    await new Api(server.url).call("DELETE", `/sessions/${id}`);
    await server[Symbol.asyncDispose]();
    await workspace[Symbol.asyncDispose]();
  });

  async function expectRefused(what: string, response: Response): Promise<void> {
    const text = await response.text();
    const seen = `${what}: ${response.status} ${text.slice(0, 300)}`;
    expect(response.status >= 400 && response.status < 500, seen).toBe(true);
    const body = JSON.parse(text) as { error?: unknown; code?: unknown; request_id?: unknown };
    expect([typeof body.error, typeof body.code, typeof body.request_id], seen).toEqual(["string", "string", "string"]);
    expect(text.includes(workspace.home), `a host path in ${seen}`).toBe(false);
  }

  const send = (route: Route, body: string | undefined, session = id, headers: Record<string, string> = { "content-type": "application/json" }): Promise<Response> =>
    fetch(`${server.url}${route.path.replace("{id}", session)}`, { method: route.method, headers, ...(body === undefined ? {} : { body }) });

  it.each(routes.filter((route) => route.path.includes("{id}")))("an unknown session: $method $path", async (route) => {
    for (const session of [unknownId, "none", "%00", "..%2f..%2fetc", "a".repeat(5000)]) {
      const response = await send(route, route.body && JSON.stringify(route.body), session);
      await expectRefused(`${route.method} ${route.path} of ${session.slice(0, 20)}`, response);
    }
  });

  it.each(routes.filter((route) => route.body))("bodies that are no objects, not JSON or too large: $method $path", async (route) => {
    for (const body of ["", "null", "17", '"text"', "[]", "[{}]", "{", '{"a":', "\u0000", '{"__proto__":1', "{}x", `{"x":"${"y".repeat(2_000_000)}"}`, `${"[".repeat(5000)}${"]".repeat(5000)}`]) {
      // An empty body is none, which some routes take.
      if (body === "" && bodiless.includes(route.path)) continue;
      await expectRefused(`${route.path} ${body.slice(0, 20)}`, await send(route, body));
    }
    await expectRefused(`${route.path} as text`, await send(route, JSON.stringify(route.body), id, { "content-type": "text/plain" }));
  });

  it.each(routes.filter((route) => Object.keys(route.body ?? {}).length > 0))("wrong types in every field, and unknown fields: $method $path", async (route) => {
    for (const field of Object.keys(route.body ?? {})) {
      for (const value of wrong) {
        if (field === "provision" && typeof value === "boolean") continue;
        // Any text may be written, said or run; only where it is a path, NUL is refused for its own sake.
        if (value === "\u0000" && ["command", "content", "message"].includes(field)) continue;
        await expectRefused(`${route.path} ${field}=${JSON.stringify(value)}`, await send(route, JSON.stringify({ ...route.body, [field]: value })));
      }
    }
    const unknown = await send(route, JSON.stringify({ ...route.body, mesage: 1 }));
    await expectRefused(`${route.path} mesage`, unknown);
  });

  it("paths that leave the session's root", async () => {
    for (const route of routes.filter((candidate) => candidate.path.includes("/files/"))) {
      for (const path of escapes) {
        const target: Route = route.body ? route : { ...route, path: route.path.replace(/path=.*/, `path=${encodeURIComponent(path)}`) };
        await expectRefused(`${route.path} ${JSON.stringify(path)}`, await send(target, route.body && JSON.stringify({ ...route.body, path })));
      }
    }
    const api = new Api(server.url);
    await api.call("POST", `/sessions/${id}/sandbox/exec`, { command: "ln -s /etc outside; ln -s /etc/passwd outside.txt" });
    for (const path of ["outside/passwd", "outside.txt"]) {
      await expectRefused(path, await fetch(`${server.url}/sessions/${id}/files/read?path=${path}`));
      await expectRefused(path, await send({ method: "POST", path: "/sessions/{id}/files/edit" }, JSON.stringify({ path, content: "x" })));
    }
  });

  it("wrong methods and unknown routes", async () => {
    for (const [method, path] of [["PATCH", `/sessions/${id}`], ["GET", "/nothing"], ["POST", `/sessions/${id}/nothing`], ["PUT", "/sessions"], ["GET", "//"], ["GET", "/sessions/%"]] as const) {
      await expectRefused(`${method} ${path}`, await fetch(`${server.url}${path}`, { method }));
    }
    expect(server.running).toBe(true);
    expect(server.output.filter((line) => line.startsWith("{") && (JSON.parse(line) as { level?: string }).level === "error")).toEqual([]);
  });
});
