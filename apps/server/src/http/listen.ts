import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { AgentSdkError } from "@agent-sdk/core";
import { getRequestListener } from "@hono/node-server";
import type { App } from "./context.ts";
import { closeUnreadAtEnd } from "./unread-body.ts";

/** A server that holds its port. */
export interface Listening extends AsyncDisposable {
  /** Base URL, without a trailing slash. */
  readonly url: string;
  readonly port: number;
  /** From now on requests are answered; until then they wait. */
  serve(app: App): void;
  /** Takes no more connections, and resolves when all are closed; those that are open after `graceMs` are broken. Idempotent. */
  close(options?: { readonly graceMs?: number }): Promise<void>;
}

type Handler = (incoming: IncomingMessage, outgoing: ServerResponse) => Promise<void>;

function envelope(error: string, code: string): string {
  return JSON.stringify({ error, code, request_id: randomUUID() });
}

/** What is not HTTP, or has more headers than Node takes, never becomes a request. */
function answerMalformed(error: Error & { readonly code?: string }, socket: Socket): void {
  if (!socket.writable || error.code === "ECONNRESET") return void socket.destroy();
  const overflow = error.code === "HPE_HEADER_OVERFLOW";
  const body = overflow ? envelope("The request's headers are too large.", "too_large") : envelope("The request is not valid HTTP.", "bad_request");
  const status = overflow ? "431 Request Header Fields Too Large" : "400 Bad Request";
  socket.end(`HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`);
}

/** For requests that the adapter cannot even present: a broken Host header or URL. */
function answerUnpresentable(): Response {
  return new Response(envelope("The request's Host header or URL is not valid.", "bad_request"), { status: 400, headers: { "content-type": "application/json" } });
}

/** Node keeps the first of several; a proxy before us may have gone by the last. */
function hasSeveralHosts({ rawHeaders }: IncomingMessage): boolean {
  return rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === "host").length > 1;
}

function refuseHosts(outgoing: ServerResponse): void {
  const body = envelope("The request must have one Host header.", "bad_request");
  outgoing.writeHead(400, { "content-type": "application/json", "content-length": Buffer.byteLength(body) }).end(body);
}

function bind(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (cause: Error & { readonly code?: string }): void => {
      const reason = cause.code === "EADDRINUSE" ? `port ${port} is already in use; stop what uses it, or set PORT` : `${host}:${port} cannot be listened on (${cause.code ?? cause.message})`;
      reject(new AgentSdkError("unavailable", `The server cannot start: ${reason}.`, { cause }));
    };
    server.once("error", onError);
    server.listen({ host, port }, () => {
      server.off("error", onError);
      resolve();
    });
  });
}

function urlOf(server: Server): { readonly url: string; readonly port: number } {
  const { address, family, port } = server.address() as AddressInfo;
  return { url: `http://${family === "IPv6" ? `[${address}]` : address}:${port}`, port };
}

/** Connections over which nothing came yet: browsers and `fetch` open them in advance. Node does not count them as idle. */
function trackUnused(server: Server): ReadonlySet<Socket> {
  const unused = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    unused.add(socket);
    socket.once("close", () => unused.delete(socket));
  });
  server.on("request", ({ socket }: IncomingMessage) => unused.delete(socket));
  return unused;
}

function closeIdle(server: Server, unused: ReadonlySet<Socket>): void {
  server.closeIdleConnections();
  for (const socket of unused) if (socket.bytesRead === 0) socket.destroy();
}

function closeWithin(server: Server, unused: ReadonlySet<Socket>, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), graceMs);
    // Node closes what is idle at this moment; what ends later would be kept alive for its next request.
    const idle = setInterval(() => closeIdle(server, unused), 20);
    server.close(() => {
      clearTimeout(timer);
      clearInterval(idle);
      resolve();
    });
  });
}

/**
 * Takes the port at once, so that a second server notices, and answers when there is something to answer with.
 * @throws AgentSdkError `unavailable` with a sentence when the port cannot be had.
 */
export async function listen(options: { readonly host: string; readonly port: number }): Promise<Listening> {
  const ready = Promise.withResolvers<Handler>();
  const server = createServer({ keepAliveTimeout: 75_000, requestTimeout: 3_600_000 }, (incoming, outgoing) => {
    closeUnreadAtEnd(incoming, outgoing);
    if (hasSeveralHosts(incoming)) return refuseHosts(outgoing);
    void ready.promise.then((handle) => handle(incoming, outgoing));
  });
  const unused = trackUnused(server);
  server.on("clientError", answerMalformed);
  await bind(server, options.host, options.port);
  let closing: Promise<void> | undefined;
  const close = (given: { readonly graceMs?: number } = {}): Promise<void> => (closing ??= closeWithin(server, unused, given.graceMs ?? 0));
  return {
    ...urlOf(server),
    serve: (app) => ready.resolve(getRequestListener((request, env) => app.fetch(request, env), { errorHandler: answerUnpresentable, autoCleanupIncoming: false })),
    close,
    [Symbol.asyncDispose]: () => close(),
  };
}
