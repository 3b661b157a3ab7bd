import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { expect, it } from "vitest";
import { ApiClient, Session } from "../src/index.ts";
import { serve } from "./support.ts";

const id = "00000000-0000-4000-8000-000000000001";

function begin(response: ServerResponse, length: number): ServerResponse {
  return response.writeHead(200, { "content-type": "application/octet-stream", "content-length": length });
}

function download(url: string, signal?: AbortSignal): Promise<ReadableStream<Uint8Array>> {
  const session = new Session(id, new ApiClient({ apiUrl: url, streamIdleMs: 50, retry: { giveUpAfterMs: 0 } }));
  return session.sandbox.files.download("big.bin", { signal });
}

it("gives a file's bytes as they come", async () => {
  const bytes = Buffer.alloc(1_000_000, "abc");
  await using server = await serve((_request, response) => void begin(response, bytes.length).end(bytes));
  expect(Buffer.from(await new Response(await download(server.url)).arrayBuffer()).equals(bytes)).toBe(true);
});

it("fails where the bytes break off or stop coming, instead of ending early", async () => {
  await using breaking = await serve((_request, response) => void begin(response, 10).write("abc", () => response.destroy()));
  await expect(new Response(await download(breaking.url)).text()).rejects.toMatchObject({ code: "unreachable" });
  await using halting = await serve((_request, response) => void begin(response, 10).write("abc"));
  await expect(new Response(await download(halting.url)).text()).rejects.toMatchObject({ code: "unreachable" });
});

it("lets the connection go when it is cancelled or aborted", async () => {
  const closed: Promise<unknown>[] = [];
  await using server = await serve((request, response) => {
    closed.push(once(request.socket, "close"));
    begin(response, 10).write("abc");
  });
  await (await download(server.url)).cancel();
  const controller = new AbortController();
  const reason = new Error("enough");
  const reading = new Response(await download(server.url, controller.signal)).text();
  controller.abort(reason);
  await expect(reading).rejects.toBe(reason);
  await Promise.all(closed);
  expect(closed).toHaveLength(2);
});
