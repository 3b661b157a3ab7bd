import type { IncomingMessage } from "node:http";
import { AgentSdkError } from "@agent-sdk/core";
import type { RequestContext } from "./context.ts";

/** The bound of JSON bodies, but for base64 uploads. */
export const maxJsonBytes: number = 1024 * 1024;

function tooLarge(maxBytes: number): AgentSdkError {
  return new AgentSdkError("too_large", `The body is larger than ${maxBytes} bytes.`, { details: { max_bytes: maxBytes } });
}

/** Collects a body and stops at the bound; what is left of it is not read, see `unread-body.ts`. */
function collect(incoming: IncomingMessage, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const settle = (finish: () => void): void => {
      incoming.off("data", onData).off("end", onEnd).off("error", onBroken).off("close", onBroken);
      finish();
    };
    const onData = (chunk: Buffer): void => {
      size += chunk.length;
      if (size <= maxBytes) chunks.push(chunk);
      else settle(() => reject(tooLarge(maxBytes)));
    };
    const onEnd = (): void => settle(() => resolve(Buffer.concat(chunks)));
    const onBroken = (): void => settle(() => reject(new AgentSdkError("aborted", "The request broke off.")));
    incoming.on("data", onData).on("end", onEnd).on("error", onBroken).on("close", onBroken);
  });
}

/** 0 where the body is chunked, or there is none. */
export function announcedLength(incoming: IncomingMessage): number {
  return Number(incoming.headers["content-length"] ?? 0);
}

/** True when the request bears a body, by HTTP's own rules. */
export function hasBody(incoming: IncomingMessage): boolean {
  return incoming.headers["transfer-encoding"] !== undefined || announcedLength(incoming) > 0;
}

/** The media type without parameters, in lower case. */
export function mediaType(incoming: IncomingMessage): string {
  return (incoming.headers["content-type"] ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
}

function assertJson(incoming: IncomingMessage): void {
  const encoding = incoming.headers["content-encoding"] ?? "identity";
  if (encoding !== "identity") throw new AgentSdkError("unsupported_media_type", "Compressed bodies are not accepted.");
  if (mediaType(incoming) === "application/json") return;
  throw new AgentSdkError("unsupported_media_type", "The body must be sent as Content-Type: application/json.");
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) as unknown;
  } catch (cause) {
    throw new AgentSdkError("bad_request", "The body is not valid JSON in UTF-8.", { cause });
  }
}

/**
 * The parsed JSON body, unchecked. Demanding the content type keeps other sites' forms out.
 * @throws AgentSdkError `unsupported_media_type`, `too_large`, `bad_request`
 */
export async function readJson(context: RequestContext, options: { readonly maxBytes?: number } = {}): Promise<unknown> {
  const { incoming } = context.env;
  const maxBytes = options.maxBytes ?? maxJsonBytes;
  assertJson(incoming);
  if (announcedLength(incoming) > maxBytes) throw tooLarge(maxBytes);
  return parseJson(await collect(incoming, maxBytes));
}

/** Like {@link readJson}, for calls whose body may be left out: then `{}`. */
export async function readOptionalJson(context: RequestContext): Promise<unknown> {
  return hasBody(context.env.incoming) ? readJson(context) : {};
}
