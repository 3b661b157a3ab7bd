import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { anthropic } from "./anthropic/index.ts";
import { sendJson, type Dialect } from "./dialect.ts";
import { gemini } from "./gemini/index.ts";
import { openAiChat } from "./openai/chat.ts";
import { openAiResponses } from "./openai/responses.ts";
import { findCredential, publicHeaders, Recorder, type RecordedRequest } from "./recorder.ts";

/** Options of {@link startScriptedModel}. */
export interface ScriptedModelOptions {
  /** 0, the default, takes a free port. */
  readonly port?: number;
  /** Default `127.0.0.1`. */
  readonly host?: string;
  /** Called once for each request, after its answer has ended. */
  readonly log?: (request: RecordedRequest) => void;
  /** How many of the last requests are kept; default 100. */
  readonly keepRequests?: number;
}

/** A running server; disposing it closes its connections, streams in flight too. */
export interface ScriptedModel extends AsyncDisposable {
  /** Base address without a path, e.g. `http://127.0.0.1:40123`: the value for `ANTHROPIC_BASE_URL` and `GOOGLE_GEMINI_BASE_URL`; with `/v1` behind it for `OPENAI_BASE_URL`. */
  readonly url: string;
  /** The last requests, oldest first, each added when its answer has ended or its caller has gone. */
  readonly requests: readonly RecordedRequest[];
}

/** Gemini's paths begin as Anthropic's list of models does, and so come first. */
const dialects: readonly Dialect[] = [gemini, openAiResponses, openAiChat, anthropic];
const maximumBodyBytes = 64 * 1024 * 1024;

/** Starts a model server. Resolves when it accepts connections; rejects when it cannot listen. */
export async function startScriptedModel(options: ScriptedModelOptions = {}): Promise<ScriptedModel> {
  const { port = 0, host = "127.0.0.1", log, keepRequests = 100 } = options;
  const recorder = new Recorder(keepRequests);
  const server = createServer((request, response) => {
    answer(request, response)
      .catch((error: unknown) => fail(response, error))
      .then((body) => {
        const recorded = describe(request, response, body);
        recorder.add(recorded);
        log?.(recorded);
      })
      .catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  });
  server.listen(port, host);
  await once(server, "listening");
  const address = server.address() as AddressInfo;
  const name = address.family === "IPv6" ? `[${address.address}]` : address.address;
  return {
    url: `http://${name}:${address.port}`,
    requests: recorder.requests,
    async [Symbol.asyncDispose]() {
      if (!server.listening) return;
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Answers a request and resolves to its body, for the record. */
async function answer(request: IncomingMessage, response: ServerResponse): Promise<unknown> {
  const gone = new AbortController();
  response.on("close", () => gone.abort());
  const body = await readBody(request);
  const { pathname: path } = new URL(request.url ?? "/", "http://localhost");
  const method = request.method ?? "GET";
  const hasCredential = findCredential(request.headers) !== undefined;
  for (const dialect of dialects) {
    if (await dialect.handle({ method, path, body, hasCredential, signal: gone.signal }, response)) return body;
  }
  // Clients probe the bare address before they trust it.
  if (path === "/") sendJson(response, 200, { name: "scripted-model", dialects: dialects.map((dialect) => dialect.name) });
  else sendJson(response, 404, { error: { type: "not_found_error", message: `no such path: ${path}` } });
  return body;
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maximumBodyBytes) throw new RangeError("the body is too large");
    chunks.push(chunk);
  }
  return bytes === 0 ? undefined : JSON.parse(Buffer.concat(chunks).toString("utf8"));
}

function fail(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const status = error instanceof SyntaxError ? 400 : error instanceof RangeError ? 413 : 500;
  const message = error instanceof Error ? error.message : String(error);
  sendJson(response, status, { type: "error", error: { type: "invalid_request_error", message } });
}

function describe(request: IncomingMessage, response: ServerResponse, body: unknown): RecordedRequest {
  const credential = findCredential(request.headers);
  return {
    method: request.method ?? "GET",
    path: request.url ?? "/",
    headers: publicHeaders(request.headers),
    credentialHeader: credential?.header,
    credentialSha256: credential?.sha256,
    body,
    status: response.statusCode,
  };
}
