import { Readable } from "node:stream";
import { AgentSdkError, isAgentSdkError, type FileOperations } from "@agent-sdk/core";
import { fileTreeAnswer, maxBase64UploadBytes, parseDeleteFile, parseEditFile, parsePathQuery, parseRenameFile, parseTreeQuery, parseUploadFile } from "@agent-sdk/core/api";
import { mediaType, readJson } from "../http/body.ts";
import type { App, RequestContext } from "../http/context.ts";
import { fileContentJson } from "../http/file-content.ts";

/** Base64 is a third longer; the rest is the path and JSON's own. */
const maxUploadJsonBytes = Math.ceil((maxBase64UploadBytes * 4) / 3) + 65_536;

/** @throws AgentSdkError `bad_request` for what is not base64: Node's decoder would skip it silently. */
function decodeBase64(content: string): Uint8Array {
  const bytes = Buffer.from(content, "base64");
  const unpadded = content.replace(/[=\s]+/g, "");
  if (bytes.length === Math.floor((unpadded.length * 3) / 4)) return bytes;
  throw new AgentSdkError("bad_request", 'Field "content": is not base64.', { details: { field: "content" } });
}

function attachment(path: string): string {
  const name = path.split("/").at(-1) || "file";
  return `attachment; filename*=UTF-8''${encodeURIComponent(name).replaceAll("'", "%27").replaceAll("(", "%28").replaceAll(")", "%29").replaceAll("*", "%2A")}`;
}

/** Opens the files that a request means. What is to be refused of the request itself is refused before. */
export type OpenFiles = (context: RequestContext) => Promise<FileOperations>;

function addReadingRoutes(app: App, base: string, open: OpenFiles): void {
  app.get(`${base}/tree`, async (context) => {
    const { path, stat } = parseTreeQuery(context.req.query());
    const entries = await (await open(context)).tree(path, { signal: context.req.raw.signal });
    return context.json(fileTreeAnswer(entries, { stat }));
  });

  app.get(`${base}/read`, async (context) => {
    const path = parsePathQuery(context.req.query());
    const content = await (await open(context)).read(path, { signal: context.req.raw.signal });
    const body = Readable.toWeb(Readable.from(fileContentJson(content), { objectMode: false })) as ReadableStream<Uint8Array>;
    return context.body(body, 200, { "content-type": "application/json" });
  });

  app.get(`${base}/download`, async (context) => {
    const path = parsePathQuery(context.req.query());
    const { size, body } = await (await open(context)).download(path, { signal: context.req.raw.signal });
    // Never shown in place: a file of an agent's making must not run as a page of this origin.
    const headers = { "content-type": "application/octet-stream", "content-length": String(size), "content-disposition": attachment(path), "x-content-type-options": "nosniff" };
    if (context.env.incoming.method !== "HEAD") return context.body(body, 200, headers);
    // Hono answers HEAD by this handler and drops the body unread: nothing else would let the file go.
    await body.cancel();
    return context.body(null, 200, headers);
  });
}

async function uploadBytes(context: RequestContext, files: FileOperations, path: string): Promise<Response> {
  const body = Readable.toWeb(context.env.incoming) as ReadableStream<Uint8Array>;
  const { size } = await files.upload(path, body, { signal: context.req.raw.signal });
  return context.json({ status: "ok", path, size });
}

async function uploadBase64(context: RequestContext, open: OpenFiles): Promise<Response> {
  const { path, content } = parseUploadFile(await readJson(context, { maxBytes: maxUploadJsonBytes }));
  const bytes = decodeBase64(content);
  const { size } = await (await open(context)).upload(path, bytes, { signal: context.req.raw.signal });
  return context.json({ status: "ok", path, size });
}

interface Rename {
  readonly path: string;
  readonly newPath: string;
  readonly overwrite: boolean;
  readonly signal: AbortSignal;
}

/** @throws AgentSdkError `conflict` where the target is there and may not be overwritten, in the one word that callers go by. */
async function rename(files: FileOperations, { path, newPath, overwrite, signal }: Rename): Promise<void> {
  try {
    await files.rename(path, newPath, { signal, overwrite });
  } catch (error) {
    if (overwrite || !isAgentSdkError(error, "conflict")) throw error;
    throw new AgentSdkError("conflict", "exists", { cause: error, details: { path: newPath } });
  }
}

function addWritingRoutes(app: App, base: string, open: OpenFiles): void {
  app.post(`${base}/edit`, async (context) => {
    const edit = parseEditFile(await readJson(context));
    const { replacements } = await (await open(context)).edit(edit, { signal: context.req.raw.signal });
    return context.json({ status: "ok", path: edit.path, replacements });
  });

  app.post(`${base}/upload`, async (context) => {
    if (mediaType(context.env.incoming) !== "application/octet-stream") return uploadBase64(context, open);
    const path = parsePathQuery(context.req.query());
    return uploadBytes(context, await open(context), path);
  });

  app.put(`${base}/upload`, async (context) => {
    const path = parsePathQuery(context.req.query());
    return uploadBytes(context, await open(context), path);
  });

  app.post(`${base}/delete`, async (context) => {
    const path = parseDeleteFile(await readJson(context));
    await (await open(context)).remove(path, { signal: context.req.raw.signal });
    return context.json({ status: "ok", path });
  });

  app.post(`${base}/rename`, async (context) => {
    const { path, newPath, overwrite } = parseRenameFile(await readJson(context));
    await rename(await open(context), { path, newPath, overwrite, signal: context.req.raw.signal });
    return context.json({ status: "ok", path, new_path: newPath });
  });
}

/** The routes below `base` that sessions and volumes have alike. */
export function addFileHandlers(app: App, base: string, open: OpenFiles): void {
  addReadingRoutes(app, base, open);
  addWritingRoutes(app, base, open);
}
