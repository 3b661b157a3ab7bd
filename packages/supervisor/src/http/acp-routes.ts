import type { IncomingMessage, ServerResponse } from "node:http";
import type { JsonRpcId } from "@agent-sdk/core";
import { AgentSdkError, classifyMessage, isAgentSdkError, isJsonObject } from "@agent-sdk/core";
import type { EventSink } from "../core/acp-stream.ts";
import type { AcpEndpoint } from "../core/acp-endpoint.ts";
import type { Supervisor } from "../core/supervisor.ts";
import { connectionHeader, sessionHeader } from "../wire.ts";
import { parseJson, readBody, sendJson } from "./body.ts";
import { parseCount } from "./fields.ts";
import type { Heartbeat } from "./heartbeat.ts";
import { responseSink } from "./response-sink.ts";
import type { Exchange, Route } from "./router.ts";
import { messageLine } from "./run-routes.ts";

const path = /^\/v1\/acp\/([^/]+)$/;
const gone = 410;
const batchError = { jsonrpc: "2.0", id: null, error: { code: -32600, message: "JSON-RPC batches are not supported." } };

function connectionOf(request: IncomingMessage): string {
  const id = request.headers[connectionHeader];
  if (typeof id !== "string") throw new AgentSdkError("bad_request", "The header Acp-Connection-Id is missing.");
  return id;
}

function sessionOf(request: IncomingMessage): string | null {
  const id = request.headers[sessionHeader];
  return typeof id === "string" ? id : null;
}

async function initialize(endpoint: AcpEndpoint, body: Buffer, id: JsonRpcId, response: ServerResponse): Promise<void> {
  const { connectionId, answer } = await endpoint.initialize(messageLine(body), id);
  response.writeHead(200, { "content-type": "application/json", "content-length": answer.length, [connectionHeader]: connectionId }).end(answer);
}

/** `410` tells the transport's clients that the whole connection is of no use any more; a `409` would concern one session. */
function goneWithAgent(response: ServerResponse, error: unknown): void {
  if (!isAgentSdkError(error, "conflict") || !("state" in error.details)) throw error;
  sendJson(response, gone, { error: error.message, code: "sandbox_failed" });
}

async function post(supervisor: Supervisor, { request, response, parameters }: Exchange): Promise<void> {
  if (request.headers["content-type"]?.split(";", 1)[0]?.trim().toLowerCase() !== "application/json") throw new AgentSdkError("unsupported_media_type", "The body must be application/json.");
  const endpoint = supervisor.endpoint(parameters[0]!);
  const body = await readBody(request);
  const message = parseJson(body);
  if (Array.isArray(message)) return sendJson(response, 400, batchError);
  if (!isJsonObject(message)) throw new AgentSdkError("bad_request", "The body is not a JSON-RPC message.");
  const isInitialize = message["method"] === "initialize" && classifyMessage(message) === "request";
  try {
    if (isInitialize && request.headers[connectionHeader] === undefined) return await initialize(endpoint, body, message["id"] as JsonRpcId, response);
    if (isInitialize) throw new AgentSdkError("bad_request", "This connection is initialized already.");
    endpoint.receive(connectionOf(request), sessionOf(request), messageLine(body), message);
    response.writeHead(202, { "content-length": 0 }).end();
  } catch (error) {
    goneWithAgent(response, error);
  }
}

function eventSink(response: ServerResponse, heartbeat: Heartbeat): EventSink {
  const sink = responseSink(response, heartbeat, ":\n\n");
  return { ...sink, write: (bytes, onSent) => sink.write(bytes, (error) => void (error || onSent())) };
}

function get(supervisor: Supervisor, heartbeat: Heartbeat, { request, response, parameters }: Exchange): void {
  if (!request.headers.accept?.includes("text/event-stream")) throw new AgentSdkError("bad_request", "The answer is a text/event-stream, which the header Accept does not allow.");
  const lastEventId = request.headers["last-event-id"];
  const after = lastEventId === undefined ? undefined : parseCount(lastEventId, "Last-Event-ID");
  const stream = supervisor.endpoint(parameters[0]!).openStream(connectionOf(request), sessionOf(request), after, () => {
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache", "x-accel-buffering": "no" });
    response.flushHeaders();
    return eventSink(response, heartbeat);
  });
  response.on("drain", () => stream.drained());
  response.once("close", () => stream.close());
}

/** ACP's streamable HTTP transport, one endpoint for each run. */
export function acpRoutes(supervisor: Supervisor, heartbeat: Heartbeat): Route[] {
  return [
    { method: "POST", path, handle: (exchange) => post(supervisor, exchange) },
    { method: "GET", path, handle: (exchange) => get(supervisor, heartbeat, exchange) },
    {
      method: "DELETE",
      path,
      handle({ request, response, parameters }) {
        supervisor.endpoint(parameters[0]!).detach(connectionOf(request));
        response.writeHead(202, { "content-length": 0 }).end();
      },
    },
  ];
}
