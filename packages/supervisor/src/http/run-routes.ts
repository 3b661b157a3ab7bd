import { Buffer } from "node:buffer";
import { AgentSdkError, isJsonObject } from "@agent-sdk/core";
import { JournalReader } from "../core/journal-reader.ts";
import type { Supervisor } from "../core/supervisor.ts";
import { firstPositionHeader } from "../wire.ts";
import { parseJson, readBody, readObject, sendJson } from "./body.ts";
import { countField, generationOf, optionalCount, parseCount, parseLaunch } from "./fields.ts";
import type { Heartbeat } from "./heartbeat.ts";
import { responseSink } from "./response-sink.ts";
import type { Exchange, Route } from "./router.ts";

const runIdPattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

function runIdOf({ parameters }: Exchange): string {
  const runId = parameters[0]!;
  if (!runIdPattern.test(runId)) throw new AgentSdkError("bad_request", "A run's id is 1 to 128 letters, digits, dots, dashes and underscores, beginning with a letter or digit.");
  return runId;
}

/** One line without line breaks: JSON allows them only between members, where a space means the same. */
export function messageLine(body: Buffer): Buffer {
  const line = Buffer.concat([body, Buffer.from("\n")]);
  for (let index = 0; index < body.length; index++) if (line[index] === 0x0a || line[index] === 0x0d) line[index] = 0x20;
  return line;
}

function streamJournal(supervisor: Supervisor, heartbeat: Heartbeat, exchange: Exchange): void {
  const { request, response, query } = exchange;
  const { journal } = supervisor.run(runIdOf(exchange));
  const cursor = journal.cursor(parseCount(query.get("after") ?? "0", "after"));
  request.socket.setNoDelay(true);
  response.writeHead(200, { "content-type": "application/x-ndjson", "cache-control": "no-cache", [firstPositionHeader]: String(cursor.firstPosition) });
  response.flushHeaders();
  const reader = new JournalReader(journal, cursor, responseSink(response, heartbeat, "\n"));
  response.on("drain", () => reader.drained());
  response.once("close", () => reader.close());
}

/** Control of runs, and their journals. */
export function runRoutes(supervisor: Supervisor, heartbeat: Heartbeat): Route[] {
  return [
    { method: "GET", path: /^\/v1\/health$/, handle: ({ response }) => sendJson(response, 200, supervisor.health()) },
    { method: "POST", path: /^\/v1\/fence$/, handle: ({ request, response }) => sendJson(response, 200, supervisor.fence(generationOf(request.headers))) },
    { method: "GET", path: /^\/v1\/runs\/([^/]+)$/, handle: (exchange) => sendJson(exchange.response, 200, supervisor.run(runIdOf(exchange)).status()) },
    {
      method: "PUT",
      path: /^\/v1\/runs\/([^/]+)$/,
      async handle(exchange) {
        const launch = parseLaunch(await readObject(exchange.request));
        sendJson(exchange.response, 200, supervisor.startAgent(runIdOf(exchange), launch, generationOf(exchange.request.headers)));
      },
    },
    {
      method: "POST",
      path: /^\/v1\/runs\/([^/]+)\/stop$/,
      async handle(exchange) {
        const body = await readObject(exchange.request);
        const status = await supervisor.stopAgent(runIdOf(exchange), generationOf(exchange.request.headers), optionalCount(body, "graceMs"));
        sendJson(exchange.response, 200, status);
      },
    },
    {
      method: "POST",
      path: /^\/v1\/runs\/([^/]+)\/messages$/,
      async handle(exchange) {
        const body = await readBody(exchange.request);
        const message = parseJson(body);
        if (!isJsonObject(message)) throw new AgentSdkError("bad_request", "A message is a JSON object; batches are not supported.");
        const commandId = exchange.query.get("command_id") ?? undefined;
        const result = supervisor.send(runIdOf(exchange), messageLine(body), message, generationOf(exchange.request.headers), commandId);
        sendJson(exchange.response, 200, result);
      },
    },
    {
      method: "POST",
      path: /^\/v1\/runs\/([^/]+)\/acknowledge$/,
      async handle(exchange) {
        const body = await readObject(exchange.request);
        supervisor.acknowledge(runIdOf(exchange), countField(body, "position"), generationOf(exchange.request.headers));
        sendJson(exchange.response, 200, {});
      },
    },
    { method: "GET", path: /^\/v1\/runs\/([^/]+)\/journal$/, handle: (exchange) => streamJournal(supervisor, heartbeat, exchange) },
  ];
}
