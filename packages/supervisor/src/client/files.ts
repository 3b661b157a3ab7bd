import { Readable } from "node:stream";
import type { FileEdit, FileEntry, FileOperations } from "@agent-sdk/core";
import { maxReadBytes } from "../wire.ts";
import { type CallOptions, type HttpConnection, readAll } from "./http-call.ts";

const callTimeoutMs = 30_000;
/** Until an upload is answered; it may be large and slow. */
const transferTimeoutMs = 3_600_000;

interface Signal {
  readonly signal?: AbortSignal | undefined;
}

function query(path: string, values: Readonly<Record<string, string | number | undefined>>): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) if (value !== undefined) parameters.set(name, String(value));
  return `/v1/files/${path}?${parameters.toString()}`;
}

function toBody(body: ReadableStream<Uint8Array> | Uint8Array): NonNullable<CallOptions["body"]> {
  return body instanceof Uint8Array ? body : (Readable.fromWeb(body as Parameters<typeof Readable.fromWeb>[0]) as AsyncIterable<Uint8Array>);
}

/** A sandbox's files, through its supervisor. */
export function remoteFiles(http: HttpConnection): FileOperations {
  const get = <Result>(path: string, options: Signal): Promise<Result> => http.json({ method: "GET", path, timeoutMs: callTimeoutMs, signal: options.signal });
  const post = <Result>(operation: string, body: object, options: Signal): Promise<Result> =>
    http.json({ method: "POST", path: `/v1/files/${operation}`, body: JSON.stringify(body), timeoutMs: callTimeoutMs, signal: options.signal, mustNotRepeat: true });
  return {
    async tree(path, options = {}) {
      const { entries } = await get<{ entries: readonly FileEntry[] }>(query("tree", { path, max_entries: options.maxEntries }), options);
      return entries;
    },
    async read(path, options = {}) {
      const response = await http.open({ method: "GET", path: query("read", { path, max_bytes: options.maxBytes }), timeoutMs: callTimeoutMs, signal: options.signal });
      return readAll(response, options.maxBytes ?? maxReadBytes);
    },
    async download(path, options = {}) {
      const response = await http.open({ method: "GET", path: query("download", { path }), timeoutMs: callTimeoutMs, signal: options.signal, isStream: true });
      const body = Readable.toWeb(response) as ReadableStream<Uint8Array>;
      return { size: Number(response.headers["content-length"]), body };
    },
    upload: (path, body, options = {}) =>
      http.json({ method: "PUT", path: query("upload", { path }), body: toBody(body), timeoutMs: transferTimeoutMs, signal: options.signal, isStream: true, mustNotRepeat: true }),
    edit: (edit: FileEdit, options = {}) => post("edit", edit, options),
    async remove(path, options = {}) {
      await post("remove", { path }, options);
    },
    async rename(path, newPath, options = {}) {
      await post("rename", { path, newPath, overwrite: options.overwrite }, options);
    },
    async mkdir(path, options = {}) {
      await post("mkdir", { path }, options);
    },
    async exists(path, options = {}) {
      const { exists } = await get<{ exists: boolean }>(query("exists", { path }), options);
      return exists;
    },
  };
}
