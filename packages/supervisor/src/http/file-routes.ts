import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { FileEdit, FileOperations, JsonObject } from "@agent-sdk/core";
import { AgentSdkError } from "@agent-sdk/core";
import { callerSignal, readObject, sendJson } from "./body.ts";
import { optionalFlag, parseCount, stringField } from "./fields.ts";
import type { Exchange, Route } from "./router.ts";

function pathOf({ query }: Exchange): string {
  const path = query.get("path");
  if (path === null) throw new AgentSdkError("bad_request", "path is missing.");
  return path;
}

function count({ query }: Exchange, name: string): number | undefined {
  const value = query.get(name);
  return value === null ? undefined : parseCount(value, name);
}

function parseEdit(body: JsonObject): FileEdit {
  const path = stringField(body, "path");
  if (body["content"] !== undefined) return { path, content: stringField(body, "content") };
  return { path, oldString: stringField(body, "oldString"), newString: stringField(body, "newString"), replaceAll: optionalFlag(body, "replaceAll") };
}

async function sendFile(files: FileOperations, exchange: Exchange): Promise<void> {
  const { response } = exchange;
  const { size, body } = await files.download(pathOf(exchange), { signal: callerSignal(response) });
  response.writeHead(200, { "content-type": "application/octet-stream", "content-length": size });
  await pipeline(Readable.fromWeb(body as Parameters<typeof Readable.fromWeb>[0]), response);
}

async function receiveFile(files: FileOperations, exchange: Exchange): Promise<void> {
  const { request, response } = exchange;
  // What is refused before its end is not cut off: the caller is to see why.
  const body = ReadableStream.from<Uint8Array>(request.iterator({ destroyOnReturn: false }));
  sendJson(response, 200, await files.upload(pathOf(exchange), body, { signal: callerSignal(response) }));
}

function get(name: string, handle: Route["handle"]): Route {
  return { method: "GET", path: new RegExp(`^/v1/files/${name}$`), handle };
}

function post(name: string, operation: (body: JsonObject) => Promise<object | void>): Route {
  const handle = async ({ request, response }: Exchange): Promise<void> => sendJson(response, 200, (await operation(await readObject(request))) ?? {});
  return { method: "POST", path: new RegExp(`^/v1/files/${name}$`), handle };
}

/** The files below the supervisor's root. */
export function fileRoutes(files: FileOperations): Route[] {
  return [
    get("tree", async (exchange) => {
      const entries = await files.tree(pathOf(exchange), { maxEntries: count(exchange, "max_entries"), signal: callerSignal(exchange.response) });
      sendJson(exchange.response, 200, { entries });
    }),
    get("read", async (exchange) => {
      const content = await files.read(pathOf(exchange), { maxBytes: count(exchange, "max_bytes") });
      exchange.response.writeHead(200, { "content-type": "application/octet-stream", "content-length": content.length }).end(content);
    }),
    get("exists", async (exchange) => sendJson(exchange.response, 200, { exists: await files.exists(pathOf(exchange)) })),
    get("download", (exchange) => sendFile(files, exchange)),
    { method: "PUT", path: /^\/v1\/files\/upload$/, handle: (exchange) => receiveFile(files, exchange) },
    post("edit", (body) => files.edit(parseEdit(body))),
    post("remove", (body) => files.remove(stringField(body, "path"))),
    post("rename", (body) => files.rename(stringField(body, "path"), stringField(body, "newPath"), { overwrite: optionalFlag(body, "overwrite") })),
    post("mkdir", (body) => files.mkdir(stringField(body, "path"))),
  ];
}
