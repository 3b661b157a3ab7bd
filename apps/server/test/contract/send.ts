import { isJsonObject } from "@agent-sdk/core";
import type { DescribedOperation } from "./document.ts";
import { Known } from "./known-values.ts";
import type { GeneratedBody, GeneratedRequest } from "./requests.ts";

/** What came back. Of an event stream only what came in the first moments. */
export interface ReceivedAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** How long an event stream is listened to, in milliseconds. */
const listenMs = 150;

function resolved(value: unknown, resolve: (known: Known) => string): unknown {
  if (value instanceof Known) return resolve(value);
  if (value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return value.map((member) => resolved(member, resolve));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, resolved(member, resolve)]));
}

function initOf(body: GeneratedBody | undefined): { readonly body?: string | Uint8Array<ArrayBuffer>; readonly contentType?: string } {
  if (body === undefined) return {};
  if (body.kind === "raw") return { body: body.text, contentType: body.contentType };
  if (body.kind === "bytes") return { body: body.value as Uint8Array<ArrayBuffer>, contentType: "application/octet-stream" };
  return { body: JSON.stringify(body.value), contentType: "application/json" };
}

/** Puts the ids into a request that were only places for them. */
export function withKnown(request: GeneratedRequest, resolve: (known: Known) => string): GeneratedRequest {
  const of = <T>(value: T): T => resolved(value, resolve) as T;
  return { breaks: request.breaks, path: of(request.path), query: of(request.query), headers: of(request.headers), body: of(request.body) };
}

function urlOf(url: string, operation: DescribedOperation, request: GeneratedRequest): string {
  const path = operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(request.path[name])));
  const query = new URLSearchParams(Object.entries(request.query).map(([name, value]): [string, string] => [name, String(value)]));
  return `${url}${path}${query.size > 0 ? `?${query.toString()}` : ""}`;
}

async function readBriefly(response: Response, abort: AbortController): Promise<string> {
  if (response.body === null) return "";
  const timer = setTimeout(() => abort.abort(), listenMs);
  const decoder = new TextDecoder();
  let text = "";
  try {
    for await (const chunk of response.body) text += decoder.decode(chunk, { stream: true });
  } catch (error) {
    if (!abort.signal.aborted) throw error;
  } finally {
    clearTimeout(timer);
  }
  return text;
}

/** Sends a request and takes its answer. @throws when the connection breaks */
export async function send(url: string, operation: DescribedOperation, request: GeneratedRequest): Promise<ReceivedAnswer> {
  const abort = new AbortController();
  const { body, contentType } = initOf(request.body);
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
  const init = { method: operation.method, headers: contentType === undefined ? headers : { ...headers, "content-type": contentType }, body: body ?? null, signal: abort.signal };
  const response = await fetch(urlOf(url, operation, request), init);
  const isStream = response.headers.get("content-type") === "text/event-stream";
  return { status: response.status, headers: response.headers, text: isStream ? await readBriefly(response, abort) : await response.text() };
}
