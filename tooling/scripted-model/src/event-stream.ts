import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { Chunk } from "./conversation.ts";

/** Writes an answer as server-sent events. Ends early, without an error, when the caller has gone. */
export async function sendEvents(response: ServerResponse, events: AsyncIterable<string>, options: { readonly signal: AbortSignal; readonly headers?: Record<string, string> }): Promise<void> {
  const { signal, headers = {} } = options;
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache", ...headers });
  try {
    for await (const event of events) {
      if (!response.write(event)) await once(response, "drain", { signal });
    }
    response.end();
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** One event with JSON in it. */
export function dataEvent(data: unknown, type?: string): string {
  return `${type === undefined ? "" : `event: ${type}\n`}data: ${JSON.stringify(data)}\n\n`;
}

/** The pieces of an answer, each when the model has come up with it. */
export async function* paced(chunks: readonly Chunk[], signal: AbortSignal): AsyncGenerator<string> {
  for (const { text, delayMilliseconds } of chunks) {
    if (delayMilliseconds > 0) await sleep(delayMilliseconds, undefined, { signal });
    yield text;
  }
}
