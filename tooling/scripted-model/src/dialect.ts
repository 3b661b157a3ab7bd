import type { ServerResponse } from "node:http";
import type { FailureReply } from "./conversation.ts";

/** A request that a dialect answers. */
export interface DialectRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly body: unknown;
  readonly hasCredential: boolean;
  /** Aborts when the caller has gone. */
  readonly signal: AbortSignal;
}

/** One vendor's API. Another one is a folder beside `anthropic/` and a line in server.ts. */
export interface Dialect {
  readonly name: string;
  /** Answers and resolves to true, or leaves the response untouched and resolves to false if the path is not this API's. */
  handle(request: DialectRequest, response: ServerResponse): Promise<boolean>;
}

/** Writes a whole JSON answer. */
export function sendJson(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(body));
}

/** The header by which a failure says when to come again. */
export function retryAfter({ retryAfterSeconds }: FailureReply): Record<string, string> {
  return retryAfterSeconds === undefined ? {} : { "retry-after": String(retryAfterSeconds) };
}
