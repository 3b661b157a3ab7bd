import { ApiClient } from "@agent-sdk/client";
import { systemEnv } from "@agent-sdk/core";
import { operations } from "@agent-sdk/core/api";
import { memoryStore } from "@agent-sdk/core/testing";
import { expect, it } from "vitest";
import { createLogger } from "../src/logger.ts";
import { startPoolServer, type PoolServer } from "./support/pool-server.ts";

const environmentKey = "acme-key-0123456789abc";
const apiKeys = `acme:admin:${environmentKey}`;
const demo = { agent_type: "demo", provision: false } as const;

const client = ({ url }: Pick<PoolServer, "url">, apiKey?: string): ApiClient => new ApiClient({ apiUrl: url, apiKey, retry: { giveUpAfterMs: 0 } });

async function call(server: PoolServer, token: string, method: string, path: string, body?: unknown): Promise<number> {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const response = await fetch(`${server.url}${path}`, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  await response.body?.cancel();
  return response.status;
}

it("reaches the session that it is for, on every replica, and nothing else of any route", async () => {
  const store = memoryStore(systemEnv());
  await using one = await startPoolServer({ apiKeys, store });
  await using two = await startPoolServer({ apiKeys, store });
  const owner = client(one, environmentKey);
  const [{ session_id: id }, { session_id: other }] = [await owner.createSession(demo), await owner.createSession(demo)];
  const { token } = await owner.createSessionToken(id);
  for (const server of [one, two]) {
    expect(await call(server, token, "GET", `/sessions/${id}`)).toBe(200);
    expect(await call(server, token, "GET", `/sessions/${id}/events?after=0&follow=false`)).toBe(200);
    expect(await call(server, token, "POST", `/sessions/${id}/message`, { message: "hello" })).toBe(200);
    expect(await call(server, token, "POST", `/sessions/${id}/cancel`, {})).toBe(200);
  }
  for (const operation of operations.filter(({ scope }) => scope !== null)) {
    const pathOf = (session: string): string => operation.path.replace("{id}", session).replaceAll(/\{\w+\}/g, "00000000-0000-4000-8000-000000000001");
    if (operation.tokenScope === undefined) expect([operation.id, await call(one, token, operation.method, pathOf(id))]).toEqual([operation.id, 403]);
    else expect([operation.id, await call(one, token, operation.method, pathOf(other))]).toEqual([operation.id, 404]);
  }
});

it("has the scopes that it was made with", async () => {
  await using server = await startPoolServer({ apiKeys });
  const owner = client(server, environmentKey);
  const { session_id: id } = await owner.createSession(demo);
  const { token: reads } = await owner.createSessionToken(id, { scopes: ["read"] });
  const { token: prompts } = await owner.createSessionToken(id, { scopes: ["prompt"] });
  expect([await call(server, reads, "GET", `/sessions/${id}/log`), await call(server, reads, "POST", `/sessions/${id}/message`, { message: "x" })]).toEqual([200, 403]);
  expect([await call(server, prompts, "GET", `/sessions/${id}/log`), await call(server, prompts, "POST", `/sessions/${id}/message`, { message: "x" })]).toEqual([403, 200]);
});

it("ends with its time, with its session, with the stored key that made it, and with the key of the environment", async () => {
  let now = 1_700_000_000_000;
  const store = memoryStore({ ...systemEnv(), clock: { now: () => now, monotonic: () => now } });
  await using server = await startPoolServer({ apiKeys, store });
  const owner = client(server, environmentKey);
  const [{ session_id: id }, { session_id: deleted }] = [await owner.createSession(demo), await owner.createSession(demo)];
  const stored = await owner.createKey({ scopes: ["sessions"] });
  const tokens = {
    brief: (await owner.createSessionToken(id, { ttl_seconds: 10 })).token,
    ofDeleted: (await owner.createSessionToken(deleted)).token,
    ofStored: (await client(server, stored.key).createSessionToken(id)).token,
    lasting: (await owner.createSessionToken(id)).token,
  };
  const status = async (on: PoolServer = server): Promise<readonly number[]> =>
    Promise.all(Object.entries(tokens).map(([name, token]) => call(on, token, "GET", `/sessions/${name === "ofDeleted" ? deleted : id}`)));
  expect(await status()).toEqual([200, 200, 200, 200]);
  now += 10_000;
  expect(await status()).toEqual([401, 200, 200, 200]);
  await owner.deleteSession(deleted);
  expect(await status()).toEqual([401, 401, 200, 200]);
  await owner.deleteKey(stored.id);
  expect(await status()).toEqual([401, 401, 401, 200]);
  await using restarted = await startPoolServer({ apiKeys: "acme:admin:another-key-0123456789", store });
  expect(await status(restarted)).toEqual([401, 401, 401, 401]);
});

it("made without a key, ends when keys are asked for", async () => {
  const store = memoryStore(systemEnv());
  await using open = await startPoolServer({ store });
  const { session_id: id } = await client(open).createSession(demo);
  const { token } = await client(open).createSessionToken(id);
  expect(await call(open, token, "GET", `/sessions/${id}`)).toBe(200);
  expect(await call(open, token, "GET", "/sessions")).toBe(403);
  await using closed = await startPoolServer({ apiKeys, store });
  expect(await call(closed, token, "GET", `/sessions/${id}`)).toBe(401);
});

it("opens the stream from its address, and stands in no log line; a key does not", async () => {
  const lines: string[] = [];
  const log = createLogger({ level: "debug", destination: { write: (line: string) => void lines.push(line) } });
  await using server = await startPoolServer({ apiKeys, log });
  const owner = client(server, environmentKey);
  const { session_id: id } = await owner.createSession(demo);
  const { token } = await owner.createSessionToken(id);
  const open = async (query: string): Promise<number> => {
    const response = await fetch(`${server.url}/sessions/${id}/${query}`);
    await response.body?.cancel();
    return response.status;
  };
  expect(await open(`events?after=0&follow=false&token=${token}`)).toBe(200);
  expect(await open(`events?after=x&token=${token}`)).toBe(400);
  expect(await open(`log?token=${token}`)).toBe(401);
  expect(await open(`events?token=${environmentKey}`)).toBe(401);
  const { key } = await owner.createKey();
  expect(await open(`events?token=${key}`)).toBe(401);
  await expect.poll(() => lines.filter((line) => line.includes("/events")).length).toBe(4);
  for (const secret of [token, key, environmentKey]) expect(lines.join("")).not.toContain(secret);
});

it("ends the streams that it opened when it ends, and those of its key", async () => {
  await using server = await startPoolServer({ apiKeys });
  const owner = client(server, environmentKey);
  const { session_id: id } = await owner.createSession(demo);
  const { key, id: keyId } = await owner.createKey();
  const { token } = await client(server, key).createSessionToken(id);
  const opened = await Promise.all([key, token, environmentKey].map((credential) => fetch(`${server.url}/sessions/${id}/events`, { headers: { authorization: `Bearer ${credential}` } })));
  const [byKey, byToken, byEnvironment] = opened.map((response) => response.body?.getReader());
  await owner.deleteKey(keyId);
  await server.access.watch.check();
  expect([await byKey?.read(), await byToken?.read()]).toEqual([{ done: true, value: undefined }, { done: true, value: undefined }]);
  await owner.sendMessage(id, { message: "hello" });
  expect((await byEnvironment?.read())?.done).toBe(false);
  await byEnvironment?.cancel();
});

it("lets pages of the configured sites call, and no other's", async () => {
  await using server = await startPoolServer({ allowedOrigins: ["https://app.example.com"] });
  const ask = (origin: string, init: { readonly method?: string; readonly headers?: Readonly<Record<string, string>> } = {}): Promise<Response> => fetch(`${server.url}/sessions`, { ...init, headers: { ...init.headers, origin } });
  const preflight = { method: "OPTIONS", headers: { "access-control-request-method": "POST", "access-control-request-headers": "authorization" } };
  const allowed = await ask("https://app.example.com", preflight);
  expect([allowed.status, allowed.headers.get("access-control-allow-origin"), allowed.headers.get("vary")]).toEqual([204, "https://app.example.com", "Origin"]);
  expect(allowed.headers.get("access-control-allow-headers")).toContain("authorization");
  expect(allowed.headers.get("access-control-allow-credentials")).toBeNull();
  expect((await ask("https://app.example.com")).headers.get("access-control-allow-origin")).toBe("https://app.example.com");
  for (const origin of ["https://evil.example.com", "https://app.example.com.evil.test", "null"]) {
    const refused = await ask(origin);
    expect([refused.status, refused.headers.get("access-control-allow-origin")]).toEqual([403, null]);
    expect((await ask(origin, preflight)).headers.get("access-control-allow-origin")).toBeNull();
  }
});
