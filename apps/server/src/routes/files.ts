import { Readable } from "node:stream";
import { AgentSdkError, type FileOperations } from "@agent-sdk/core";
import {
  fileTreeAnswer,
  maxBase64UploadBytes,
  parseDeleteFile,
  parseEditFile,
  parsePathQuery,
  parseRenameFile,
  parseTreeQuery,
  parseUploadFile,
  type ReadFileAnswer,
} from "@agent-sdk/core/api";
import { mediaType, readJson } from "../http/body.ts";
import { sessionIdOf, type App, type RequestContext, type RouteDependencies } from "../http/context.ts";

/** Base64 is a third longer; the rest is the path and JSON's own. */
const maxUploadJsonBytes = Math.ceil((maxBase64UploadBytes * 4) / 3) + 65_536;

/** @throws AgentSdkError `bad_request` for what is not base64: Node's decoder would skip it silently. */
function decodeBase64(content: string): Uint8Array {
  const bytes = Buffer.from(content, "base64");
  const unpadded = content.replace(/[=\s]+/g, "");
  if (bytes.length === Math.floor((unpadded.length * 3) / 4)) return bytes;
  throw new AgentSdkError("bad_request", 'Field "content": is not base64.', { details: { field: "content" } });
}

/** Text where the bytes are UTF-8. */
function readAnswer(bytes: Uint8Array): ReadFileAnswer {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const content = buffer.toString("utf8");
  if (Buffer.byteLength(content) === bytes.length && buffer.equals(Buffer.from(content))) return { content };
  return { content_base64: buffer.toString("base64") };
}

function attachment(path: string): string {
  const name = path.split("/").at(-1) || "file";
  return `attachment; filename*=UTF-8''${encodeURIComponent(name).replaceAll("'", "%27").replaceAll("(", "%28").replaceAll(")", "%29").replaceAll("*", "%2A")}`;
}

async function uploadBytes(context: RequestContext, files: FileOperations, path: string): Promise<Response> {
  const body = Readable.toWeb(context.env.incoming) as ReadableStream<Uint8Array>;
  const { size } = await files.upload(path, body, { signal: context.req.raw.signal });
  return context.json({ status: "ok", path, size });
}

async function uploadBase64(context: RequestContext, open: () => Promise<FileOperations>): Promise<Response> {
  const { path, content } = parseUploadFile(await readJson(context, { maxBytes: maxUploadJsonBytes }));
  const bytes = decodeBase64(content);
  const { size } = await (await open()).upload(path, bytes, { signal: context.req.raw.signal });
  return context.json({ status: "ok", path, size });
}

/** The files below a session's root. */
export function addFileRoutes(app: App, { service }: RouteDependencies): void {
  const filesOf = (context: RequestContext): Promise<FileOperations> => service.files(context.get("tenant"), sessionIdOf(context), { signal: context.req.raw.signal });

  app.get("/sessions/:id/files/tree", async (context) => {
    const { path, stat } = parseTreeQuery(context.req.query());
    const entries = await (await filesOf(context)).tree(path, { signal: context.req.raw.signal });
    return context.json(fileTreeAnswer(entries, { stat }));
  });

  app.get("/sessions/:id/files/read", async (context) => {
    const path = parsePathQuery(context.req.query());
    return context.json(readAnswer(await (await filesOf(context)).read(path, { signal: context.req.raw.signal })));
  });

  app.get("/sessions/:id/files/download", async (context) => {
    const path = parsePathQuery(context.req.query());
    const { size, body } = await (await filesOf(context)).download(path, { signal: context.req.raw.signal });
    // Never shown in place: a file of an agent's making must not run as a page of this origin.
    const headers = { "content-type": "application/octet-stream", "content-length": String(size), "content-disposition": attachment(path), "x-content-type-options": "nosniff" };
    if (context.env.incoming.method !== "HEAD") return context.body(body, 200, headers);
    // Hono answers HEAD by this handler and drops the body unread: nothing else would let the sandbox's connection go.
    await body.cancel();
    return context.body(null, 200, headers);
  });

  app.post("/sessions/:id/files/edit", async (context) => {
    const edit = parseEditFile(await readJson(context));
    const { replacements } = await (await filesOf(context)).edit(edit, { signal: context.req.raw.signal });
    return context.json({ status: "ok", path: edit.path, replacements });
  });

  app.post("/sessions/:id/files/upload", async (context) => {
    if (mediaType(context.env.incoming) !== "application/octet-stream") return uploadBase64(context, () => filesOf(context));
    const path = parsePathQuery(context.req.query());
    return uploadBytes(context, await filesOf(context), path);
  });

  app.put("/sessions/:id/files/upload", async (context) => {
    const path = parsePathQuery(context.req.query());
    return uploadBytes(context, await filesOf(context), path);
  });

  app.post("/sessions/:id/files/delete", async (context) => {
    const path = parseDeleteFile(await readJson(context));
    await (await filesOf(context)).remove(path, { signal: context.req.raw.signal });
    return context.json({ status: "ok", path });
  });

  app.post("/sessions/:id/files/rename", async (context) => {
    const { path, newPath, overwrite } = parseRenameFile(await readJson(context));
    await (await filesOf(context)).rename(path, newPath, { signal: context.req.raw.signal, overwrite });
    return context.json({ status: "ok", path, new_path: newPath });
  });
}
