import { Writable } from "node:stream";
import { afterEach, expect, it } from "vitest";
import { createLogger } from "../src/logger.ts";
import { openRaw, readAll } from "./support/raw-http.ts";
import { startTestServer, type TestServer } from "./support/test-server.ts";

const servers: TestServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server[Symbol.asyncDispose]();
});

async function start(...options: Parameters<typeof startTestServer>): Promise<TestServer> {
  const server = await startTestServer(...options);
  servers.push(server);
  return server;
}

async function statusWith(server: TestServer, headers: readonly string[], path = "/sessions"): Promise<number> {
  const answer = await readAll(await openRaw(server.port, [`GET ${path} HTTP/1.1`, ...headers, "Connection: close"]));
  return Number(answer.split(" ")[1]);
}

it("asks for a key when one is configured, everywhere but on health", async () => {
  const server = await start({ apiKeys: ["first-key", "second-key"] });
  const status = async (path: string, authorization?: string): Promise<number> => (await fetch(`${server.url}${path}`, authorization === undefined ? {} : { headers: { authorization } })).status;
  expect(await status("/sessions")).toBe(401);
  expect(await status("/nowhere")).toBe(401);
  for (const wrong of ["Bearer wrong", "Basic first-key", "first-key", "Bearer first-key second-key", "Bearer "]) expect(await status("/sessions", wrong)).toBe(401);
  expect(await status("/sessions", "Bearer first-key")).toBe(200);
  expect(await status("/sessions", "bearer second-key")).toBe(200);
  expect(await (await fetch(`${server.url}/health`)).json()).toEqual({ status: "ok", version: "test" });
  expect((await fetch(`${server.url}/sessions`)).headers.get("www-authenticate")).toBe("Bearer");
});

it("without a key answers only to names of this machine, and to no page of another site", async () => {
  const server = await start();
  for (const host of ["localhost", `localhost:${server.port}`, "127.0.0.1", "127.1.2.3:80", "[::1]:7778", "a.localhost"]) expect(await statusWith(server, [`Host: ${host}`])).toBe(200);
  for (const host of ["evil.test", "evil.test:7778", "localhost.evil.test", "127.0.0.1.evil.test", "10.0.0.1", "169.254.169.254"]) expect(await statusWith(server, [`Host: ${host}`])).toBe(403);
  expect(await statusWith(server, ["Host: localhost", "Origin: https://evil.test"])).toBe(403);
  expect(await statusWith(server, ["Host: localhost", "Origin: null"])).toBe(403);
  expect(await statusWith(server, ["Host: localhost", "Sec-Fetch-Site: cross-site"])).toBe(403);
  expect(await statusWith(server, ["Host: localhost", "Origin: http://localhost:3000"])).toBe(200);
});

it("with a key answers to any host", async () => {
  const server = await start({ apiKeys: ["k"] });
  expect(await statusWith(server, ["Host: agents.example.test", "Authorization: Bearer k"])).toBe(200);
});

it("logs a line per request, without query, body or key", async () => {
  const lines: string[] = [];
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString());
      done();
    },
  });
  const server = await start({ apiKeys: ["planted-key"], log: createLogger({ level: "info", destination }) });
  const id = await server.createSession();
  const headers = { authorization: "Bearer planted-key", "content-type": "application/json", "x-request-id": "req-1" };
  await (await fetch(`${server.url}/sessions?cursor=planted-query`, { headers })).text();
  await (await fetch(`${server.url}/sessions/${id}/message`, { method: "POST", headers, body: JSON.stringify({ message: "planted-body" }) })).text();
  await (await fetch(`${server.url}/sessions/${id}/sandbox/exec`, { method: "POST", headers, body: JSON.stringify({ command: "crash" }) })).text();
  await expect.poll(() => lines.length).toBe(4);
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({ level: "info", request_id: "req-1", method: "GET", path: "/sessions", status: 200, complete: true });
  expect(lines.join("")).not.toMatch(/planted-(key|query|body)/);
  expect(lines.find((line) => line.includes("request failed"))).toContain("memory-sessions.ts");
});

it("redacts what bears a secret's name", () => {
  const lines: string[] = [];
  const log = createLogger({ level: "info", destination: { write: (line: string) => void lines.push(line) } });
  log.info({ token: "planted", endpoint: { token: "planted", url: "u" }, env: { A: "planted" } }, "x");
  expect(lines.join("")).not.toContain("planted");
  expect(lines.join("")).toContain('"url":"u"');
});
