import type { IncomingMessage, ServerResponse } from "node:http";
import type { JsonObject } from "@agent-sdk/core";
import { AgentSdkError, describeError, isAgentSdkError, isJsonObject } from "@agent-sdk/core";
import { type ErrorBody, httpStatus, maxMessageBytes } from "../wire.ts";

/** @throws AgentSdkError `too_large` above `maxBytes`. */
export async function readBody(request: IncomingMessage, maxBytes: number = maxMessageBytes): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBytes) throw new AgentSdkError("too_large", `The body is longer than ${maxBytes} bytes.`);
    chunks.push(chunk);
  }
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
}

/** @throws AgentSdkError `bad_request` when it is no JSON. */
export function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch (error) {
    throw new AgentSdkError("bad_request", "The body is not JSON.", { cause: error });
  }
}

/** @throws AgentSdkError `bad_request` when it is no JSON object. */
export async function readObject(request: IncomingMessage): Promise<JsonObject> {
  const value = parseJson(await readBody(request));
  if (!isJsonObject(value)) throw new AgentSdkError("bad_request", "The body is not a JSON object.");
  return value;
}

export function sendJson(response: ServerResponse, status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): void {
  const body = Buffer.from(JSON.stringify(value));
  response.writeHead(status, { "content-type": "application/json", "content-length": body.length, ...headers }).end(body);
}

/** Answers with the error, or cuts the connection when an answer has begun already. */
export function sendError(response: ServerResponse, error: unknown): void {
  if (response.headersSent) return void response.destroy();
  const known = isAgentSdkError(error) ? error : new AgentSdkError("internal", "The supervisor failed.", { details: { reason: describeError(error) } });
  const body: ErrorBody = { error: known.message, code: known.code, details: known.details };
  sendJson(response, httpStatus(known.code), body);
  // What is left of a refused body is read and thrown away: closing the connection would break the caller's sending before it has seen the answer.
  // Who has the answer sends no more.
  response.req.resume();
}

/** Aborted when the caller goes away before it was answered. */
export function callerSignal(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  response.once("close", () => {
    if (!response.writableFinished) controller.abort(new AgentSdkError("aborted", "The caller is gone."));
  });
  return controller.signal;
}
