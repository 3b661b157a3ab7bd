import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestServer, type TestServer } from "./support/test-server.ts";
import { openRaw, readAll, sendEndless } from "./support/raw-http.ts";

let server: TestServer;
let id: string;
beforeAll(async () => {
  server = await startTestServer();
  id = await server.createSession();
});
afterAll(() => server[Symbol.asyncDispose]());

const unknownId = "00000000-0000-4000-8000-00000000dead";
const json = { "content-type": "application/json" };

interface Envelope {
  readonly error: string;
  readonly code: string;
  readonly request_id: string;
}

/** The status of an answer that must be a 4xx with the whole envelope. */
async function refusal(path: string, init: RequestInit): Promise<{ readonly status: number; readonly body: Envelope }> {
  const response = await fetch(`${server.url}${path}`, init);
  const body = (await response.json()) as Envelope;
  expect({ path, status: response.status, body }).toMatchObject({ body: { error: expect.stringMatching(/.{8,}/), code: expect.stringMatching(/^[a-z_]+$/), request_id: response.headers.get("x-request-id") } });
  return { status: response.status, body };
}

const posts = ["", "/message", "/message+stream", "/cancel", "/resume", "/release", "/sandbox/exec", "/files/edit", "/files/upload", "/files/delete", "/files/rename"];
const gets = ["", "/status", "/sandbox", "/prompts", "/events", "/log", "/files/tree", "/files/read?path=a", "/files/download?path=a"];
const postPaths = posts.map((path) => (path === "" ? "/sessions" : `/sessions/:id${path}`));

function at(path: string, sessionId: string): string {
  return path.replace(":id", sessionId);
}

describe("every route that takes a body", () => {
  const bodies: readonly (readonly [string, string | Uint8Array<ArrayBuffer>])[] = [
    ["null", "null"],
    ["a number", "5"],
    ["a text", '"text"'],
    ["an array", "[]"],
    ["true", "true"],
    ["broken JSON", '{"a":'],
    ["an unknown field", '{"unheard_of":1}'],
    ["a wrong type everywhere", '{"message":5,"command":5,"path":5,"env":5,"provider":5,"new_path":[],"content":{}}'],
    ["bytes that are not UTF-8", Uint8Array.from([0x22, 0xff, 0x22])],
    ["deep nesting", `{"message":${"[".repeat(5000)}${"]".repeat(5000)}}`],
  ];
  it.each(postPaths.flatMap((path) => bodies.map(([what, body]) => [path, what, body] as const)))("%s refuses %s", async (path, _what, body) => {
    expect((await refusal(at(path, id), { method: "POST", headers: json, body })).status).toBe(400);
  });

  it.each(postPaths)("%s refuses what does not say that it is JSON", async (path) => {
    for (const headers of [{ "content-type": "text/plain" }, { "content-type": "application/x-www-form-urlencoded" }, { ...json, "content-encoding": "gzip" }]) {
      expect((await refusal(at(path, id), { method: "POST", headers, body: "{}" })).status).toBe(415);
    }
  });

  it.each(postPaths.filter((path) => path !== "/sessions/:id/files/upload"))("%s refuses a body above 1 MB, announced or not", async (path) => {
    const body = JSON.stringify({ message: "x".repeat(1_200_000) });
    expect((await refusal(at(path, id), { method: "POST", headers: json, body })).status).toBe(413);
    const stream = new Blob([body]).stream();
    expect((await refusal(at(path, id), { method: "POST", headers: json, body: stream, duplex: "half" })).status).toBe(413);
  });

  it.each(postPaths.filter((path) => path.includes(":id")))("%s answers 404 for an unknown session", async (path) => {
    const valid: Record<string, unknown> = { message: { message: "x" }, "message+stream": { message: "x" }, exec: { command: "true" }, edit: { path: "a", content: "b" }, upload: { path: "a", content: "" }, delete: { path: "a" }, rename: { path: "a", new_path: "b" } };
    const word = path.split("/").at(-1) ?? "";
    for (const sessionId of [unknownId, "not-a-uuid", "%00", "..%2f..%2fetc", "'; drop table sessions"]) {
      expect((await refusal(at(path, sessionId), { method: "POST", headers: json, body: JSON.stringify(valid[word] ?? {}) })).status).toBe(404);
    }
  });
});

describe("every route that reads", () => {
  it.each(gets)("GET /sessions/:id%s answers 404 for an unknown session", async (path) => {
    for (const sessionId of [unknownId, "not-a-uuid", "%ff", "1"]) expect((await refusal(`/sessions/${sessionId}${path}`, {})).status).toBe(404);
  });

  it.each(["/sessions?limit=-1", "/sessions?limit=x", "/sessions?limit=100000", "/sessions?status=bogus", "/sessions?agent_id=x"])("GET %s is a 400", async (path) => {
    expect((await refusal(path, {})).status).toBe(400);
  });

  it.each(["/events?after=-1", "/events?after=x", "/events?after=1.5", "/events?rpc_id=a%0Ab", "/events?follow=perhaps", "/log?limit=0", "/log?limit=x", "/prompts?limit=1e9", "/files/read", "/files/download", "/files/read?path=a%00b", "/files/tree?stat=maybe"])(
    "GET /sessions/:id%s is a 400",
    async (path) => {
      expect((await refusal(`/sessions/${id}${path}`, {})).status).toBe(400);
    },
  );

  it("refuses a Last-Event-ID that is no number", async () => {
    expect((await refusal(`/sessions/${id}/events`, { headers: { "last-event-id": "abc" } })).status).toBe(400);
  });
});

describe("paths that lead outside", () => {
  const paths = ["../x", "../../etc/passwd", "a/../../x", "/root/../etc/passwd", "./../x"];
  it.each(paths)("%s is a 403 on every file route", async (path) => {
    const encoded = encodeURIComponent(path);
    for (const route of ["tree", "read", "download"]) expect((await refusal(`/sessions/${id}/files/${route}?path=${encoded}`, {})).status).toBe(403);
    for (const [route, body] of [["edit", { path, content: "x" }], ["upload", { path, content: "" }], ["delete", { path }], ["rename", { path, new_path: "a" }], ["rename", { path: "a", new_path: path }]] as const) {
      expect((await refusal(`/sessions/${id}/files/${route}`, { method: "POST", headers: json, body: JSON.stringify(body) })).status).toBe(403);
    }
    expect((await refusal(`/sessions/${id}/files/upload?path=${encoded}`, { method: "PUT", body: "x" })).status).toBe(403);
  });
});

describe("routes that are not there", () => {
  it("answers 404 for unknown ones and 405 with Allow for the wrong method", async () => {
    expect((await refusal("/nowhere", {})).status).toBe(404);
    expect((await refusal(`/sessions/${id}/nowhere`, { method: "POST" })).status).toBe(404);
    const response = await fetch(`${server.url}/sessions/${id}`, { method: "PATCH" });
    expect([response.status, response.headers.get("allow")]).toEqual([405, "DELETE, GET"]);
    expect((await refusal("/sessions", { method: "DELETE" })).body.code).toBe("method_not_allowed");
    expect((await refusal("/health", { method: "POST" })).status).toBe(405);
  });

  it("answers 501 for documented ones of later versions, and names them", async () => {
    const response = await fetch(`${server.url}/sessions/${id}/fork`, { method: "POST" });
    expect([response.status, await response.json()]).toMatchObject([501, { code: "not_supported", error: "POST /sessions/:id/fork is not supported by this version." }]);
    const withKey = await fetch(`${server.url}/sessions`, { method: "POST", headers: { ...json, "idempotency-key": "a" }, body: "{}" });
    expect(withKey.status).toBe(501);
  });

  it("answers requests that are not HTTP with the envelope too", async () => {
    const garbage = await readAll(await openRaw(server.port, ["NONSENSE"]));
    expect(garbage).toMatch(/^HTTP\/1.1 400 .*"code":"bad_request"/s);
    const host = await readAll(await openRaw(server.port, ["GET /health HTTP/1.1", "Host: a b", "Connection: close"]));
    expect(host).toMatch(/^HTTP\/1.1 400 .*"code":"bad_request"/s);
  });
});

describe("a request that is not clear or does not end", () => {
  it("is refused with two Host headers", async () => {
    for (const hosts of [["localhost", "evil.example"], ["localhost", "localhost"]]) {
      const answer = await readAll(await openRaw(server.port, ["GET /health HTTP/1.1", ...hosts.map((host) => `Host: ${host}`), "Connection: close"]));
      expect(answer).toMatch(/^HTTP\/1.1 400 .*"code":"bad_request"/s);
    }
  });

  const endless: readonly (readonly [string, string, number])[] = [
    ["a JSON route", "POST /sessions", 413],
    ["the route of JSON uploads", "POST /sessions/:id/files/upload", 413],
    ["an unknown session", `POST /sessions/${unknownId}/files/upload?path=a`, 413],
    ["an unknown route", "POST /nowhere", 404],
    ["a wrong method", "DELETE /health", 405],
    ["an unpresentable request", "POST //a b", 400],
  ];
  it.each(endless)("is answered and closed at %s, though its chunks go on", { timeout: 20_000 }, async (_what, line, status) => {
    const { answer, sent } = await sendEndless(server.port, [`${at(line, id)} HTTP/1.1`, "Host: localhost", "Content-Type: application/json", "Transfer-Encoding: chunked"]);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    // What the machine's own buffers hold, beside the bound of the route: an upload's is 28 MB.
    expect(sent).toBeLessThan(line.includes("upload") ? 48_000_000 : 20_000_000);
  });

  it("leaves the connection open where the body was read, or was short", async () => {
    const head = ["POST /sessions HTTP/1.1", "Host: localhost", "Content-Type: text/plain"];
    const bodies = [["Content-Length: 2", "", "{}"], ["Transfer-Encoding: chunked", "", "2", "{}", "0", "", ""]];
    for (const body of bodies) {
      const lines = [...head, ...body].join("\r\n") + ["GET /health HTTP/1.1", "Host: localhost", "Connection: close"].join("\r\n");
      const answer = await readAll(await openRaw(server.port, [lines]));
      expect(answer.match(/HTTP\/1.1 \d+/g)).toEqual(["HTTP/1.1 415", "HTTP/1.1 200"]);
    }
  });
});

describe("what the server tells of itself", () => {
  it("hides what it did not foresee", async () => {
    const response = await fetch(`${server.url}/sessions/${id}/sandbox/exec`, { method: "POST", headers: json, body: JSON.stringify({ command: "crash" }) });
    const text = await response.text();
    expect(response.status).toBe(500);
    expect(text).not.toMatch(/planted|root|Error:/);
  });

  it("refuses a credential of the catalogue in env", async () => {
    const { status, body } = await refusal("/sessions", { method: "POST", headers: json, body: JSON.stringify({ env: { SCRIPTED_KEY: "planted-secret" } }) });
    expect(status).toBe(400);
    expect(body.error).toContain('put it into "secrets"');
    expect(JSON.stringify(body)).not.toContain("planted");
  });

  it("answers 409 for an id that is taken", async () => {
    expect((await refusal("/sessions", { method: "POST", headers: { ...json, "x-session-id": id }, body: "{}" })).status).toBe(409);
  });
});
