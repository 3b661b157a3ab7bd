import { createHash } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";

/** A request as a test may read it: no credential in it, only what shows which credential it was. */
export interface RecordedRequest {
  readonly method: string;
  readonly path: string;
  /** Without those that carry credentials. */
  readonly headers: Readonly<Record<string, string>>;
  /** The header that carried the credential; undefined if none did. */
  readonly credentialHeader: string | undefined;
  /** The first 12 hexadecimal digits of the credential's SHA-256, without `Bearer`. */
  readonly credentialSha256: string | undefined;
  /** The parsed JSON body; undefined if there was none. */
  readonly body: unknown;
  /** The status it was answered with. */
  readonly status: number;
}

const credentialHeaders = ["x-api-key", "x-goog-api-key", "api-key", "authorization"] as const;
const secretHeaders = new Set<string>([...credentialHeaders, "proxy-authorization", "cookie"]);

/** The credential of a request, and the header that it came in. */
export function findCredential(headers: IncomingHttpHeaders): { header: string; sha256: string } | undefined {
  for (const header of credentialHeaders) {
    const value = headers[header];
    if (typeof value !== "string" || value === "") continue;
    const sha256 = createHash("sha256").update(value.replace(/^Bearer\s+/i, "")).digest("hex").slice(0, 12);
    return { header, sha256 };
  }
  return undefined;
}

/** Headers without those that carry credentials. */
export function publicHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const entries = Object.entries(headers).filter(([name, value]) => value !== undefined && !secretHeaders.has(name));
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]));
}

/** Keeps the last `limit` requests, oldest first. */
export class Recorder {
  readonly #limit: number;
  readonly #requests: RecordedRequest[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  get requests(): readonly RecordedRequest[] {
    return this.#requests;
  }

  add(request: RecordedRequest): void {
    this.#requests.push(request);
    if (this.#requests.length > this.#limit) this.#requests.shift();
  }
}
