import { ApiClient } from "@agent-sdk/client";
import { expect, it } from "vitest";
import { startTestServer } from "./support/test-server.ts";

interface Route {
  readonly operationId: string;
  readonly method: string;
  readonly path: string;
}

/** Pages for people, and what they are made of. */
const pages: ReadonlySet<string> = new Set(["getDocs", "getDocsAsset"]);

async function describedRoutes(url: string): Promise<readonly Route[]> {
  const { paths } = await new ApiClient({ apiUrl: url }).getDescription();
  return Object.entries(paths as Record<string, Record<string, { readonly operationId?: string }>>).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, { operationId }]) => (operationId === undefined ? [] : [{ operationId, method: method.toUpperCase(), path }])),
  );
}

const methods: ReadonlySet<string> = new Set(Object.getOwnPropertyNames(ApiClient.prototype).filter((name) => name !== "constructor"));

/** The calls that a method makes when every argument is `x`, and every call is refused. */
async function callsOf(name: string): Promise<readonly string[]> {
  const calls: string[] = [];
  const recording: typeof fetch = async (input, init) => {
    const { pathname } = new URL(input instanceof Request ? input.url : input);
    calls.push(`${init?.method ?? "GET"} ${pathname}`);
    // Some read the session's row before they do what they are for.
    return pathname === "/sessions/x" ? Response.json({ last_seq: 0 }) : Response.json({ error: "No.", code: "not_found", request_id: "r" }, { status: 404 });
  };
  const client = new ApiClient({ fetch: recording, retry: { giveUpAfterMs: 0 } });
  const method = client[name as keyof ApiClient] as (...given: readonly string[]) => AsyncIterable<unknown> | Promise<unknown>;
  const result = method.apply(client, ["x", "x", "x", "x", "x"]);
  const work = result instanceof Promise ? result : Array.fromAsync(result);
  await work.catch(() => "refused");
  return calls;
}

function matches(route: Route, call: string): boolean {
  const path = route.path.split("/").map((part) => (part.startsWith("{") ? "x" : part));
  return call === `${route.method} ${path.join("/")}`;
}

it("has one method for every route of the server's description, and none beside", async () => {
  await using server = await startTestServer();
  const routes = (await describedRoutes(server.url)).filter(({ operationId }) => !pages.has(operationId));
  expect(routes.length).toBeGreaterThan(20);
  expect([...methods].toSorted()).toEqual(routes.map(({ operationId }) => operationId).toSorted());
  for (const route of routes) {
    const calls = await callsOf(route.operationId);
    expect(calls.some((call) => matches(route, call)), `${route.operationId} calls ${calls.join(", ")}`).toBe(true);
  }
});
