import { silentLogger, systemEnv } from "@agent-sdk/core";
import { memoryStore } from "@agent-sdk/core/testing";
import { openApiDocument, operations } from "@agent-sdk/core/api";
import { Validator } from "@seriousme/openapi-schema-validator";
import * as z from "zod";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createAccess } from "../src/access/access.ts";
import { createApp } from "../src/app.ts";
import { routePath } from "../src/http/operation.ts";
import { laterRoutes } from "../src/routes/later.ts";
import { poolInMemory } from "./support/memory-pool.ts";
import { MemorySessions } from "./support/memory-sessions.ts";
import { startTestServer, type TestServer } from "./support/test-server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ apiKeys: ["key"] });
});
afterAll(() => server[Symbol.asyncDispose]());

async function routesOfTheApp(): Promise<readonly string[]> {
  const access = createAccess(systemEnv(), memoryStore(systemEnv()), []);
  await access.stop();
  const limits = { stallMs: 1000, heartbeatMs: 1000 };
  const app = createApp({ service: new MemorySessions(), pool: poolInMemory(), log: silentLogger, version: "test", stream: limits, credentialNames: new Set(), agentTypes: () => Promise.resolve([]), access, allowedOrigins: [], isDraining: () => false });
  const later = new Set(laterRoutes.map(([method, path]) => `${method} ${path}`));
  const routes = app.routes.filter(({ method }) => method !== "ALL").map(({ method, path }) => `${method} ${path}`);
  return routes.filter((route) => !later.has(route)).toSorted();
}

it("describes every route of the app, and no other", async () => {
  expect(operations.map((operation) => `${operation.method} ${routePath(operation)}`).toSorted()).toEqual(await routesOfTheApp());
});

it("gives every operation an id of its own", () => {
  expect(new Set(operations.map(({ id }) => id)).size).toBe(operations.length);
});

it("has every property of an answer, those named like a word of JSON Schema too", () => {
  const { components } = openApiDocument({ version: "1" }) as unknown as { readonly components: { readonly schemas: Record<string, { readonly properties: object }> } };
  expect(Object.keys(components.schemas["LogRowAnswer"]?.properties ?? {})).toEqual(["id", "event_type", "payload", "created_at", "session_id"]);
});

it("is a valid OpenAPI 3.1 document", async () => {
  const validator = new Validator();
  expect(await validator.validate(structuredClone(openApiDocument({ version: "1.2.3" })) as Record<string, unknown>)).toEqual({ valid: true });
  expect(validator.version).toBe("3.1");
});

it("refuses two schemas of one name, and a path that is not described", () => {
  const [first] = operations;
  if (first === undefined) throw new Error("there are no operations");
  expect(() => openApiDocument({ version: "1", operations: [{ ...first, path: "/sessions/{nobody}" }] })).toThrow('does not describe "nobody"');
  const other = { ...first, id: "other", body: { schema: z.object({}).meta({ id: "Twice" }), required: true }, query: z.object({}).meta({ id: "Twice", title: "x" }) };
  expect(() => openApiDocument({ version: "1", operations: [other] })).toThrow('Two schemas are named "Twice".');
});

it("serves the document and the page to everybody, the page with a policy that allows nothing from elsewhere", async () => {
  const document = await fetch(`${server.url}/openapi.json`);
  expect([document.status, document.headers.get("content-type"), await document.json()]).toEqual([200, "application/json", openApiDocument({ version: "test" })]);
  const page = await fetch(`${server.url}/docs`);
  const html = await page.text();
  expect([page.status, page.headers.get("content-type")]).toEqual([200, "text/html; charset=UTF-8"]);
  expect(page.headers.get("content-security-policy")).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
  const addresses = [...html.matchAll(/(?:href|src)="([^"]+)"/g)].map((match) => match[1] ?? "");
  expect(addresses).toHaveLength(4);
  for (const address of addresses) {
    const asset = await fetch(new URL(address, `${server.url}/docs`));
    expect([address, asset.status, asset.headers.get("x-content-type-options")]).toEqual([address, 200, "nosniff"]);
    expect((await asset.arrayBuffer()).byteLength).toBeGreaterThan(100);
  }
});

it.each(["package.json", "..%2Fpackage.json", "swagger-ui.css.map", "__proto__"])("serves no other file: %s", async (name) => {
  expect((await fetch(`${server.url}/docs/${name}`)).status).toBe(404);
});
