import { Buffer } from "node:buffer";

const quote = 0x22;
const backslash = 0x5c;
const openers = new Set([0x7b, 0x5b]);
const closers = new Set([0x7d, 0x5d]);
const comma = 0x2c;
const colon = 0x3a;
const space = 0x20;

/** The index behind the string that begins at `start`. */
function skipString(json: Buffer, start: number): number {
  let at = start + 1;
  while (at < json.length && json[at] !== quote) at += json[at] === backslash ? 2 : 1;
  return at + 1;
}

/** The index behind the value that begins at `start`. */
function skipValue(json: Buffer, start: number): number {
  let depth = 0;
  for (let at = start; at < json.length; ) {
    const byte = json[at]!;
    if (byte === quote) {
      at = skipString(json, at);
      if (depth === 0) return at;
      continue;
    }
    if (depth === 0 && (byte === comma || closers.has(byte) || byte <= space)) return at;
    if (openers.has(byte)) depth++;
    else if (closers.has(byte) && --depth === 0) return at + 1;
    at++;
  }
  return json.length;
}

function skipSpace(json: Buffer, start: number): number {
  let at = start;
  while (at < json.length && json[at]! <= space) at++;
  return at;
}

/**
 * Replaces the value of a top-level member in the bytes of a JSON object, which must be valid; every other byte stays as it was.
 * Where the member occurs twice the last one counts, as for JSON.parse, and all are replaced.
 */
export function replaceMember(json: Buffer, name: string, value: string): Buffer {
  const key = Buffer.from(JSON.stringify(name));
  const parts: Buffer[] = [];
  let copied = 0;
  let at = skipSpace(json, 0) + 1;
  while (at < json.length) {
    at = skipSpace(json, at);
    if (json[at] !== quote) break;
    const keyEnd = skipString(json, at);
    const isMember = key.equals(json.subarray(at, keyEnd));
    at = skipSpace(json, keyEnd);
    if (json[at] !== colon) break;
    const valueStart = skipSpace(json, at + 1);
    const valueEnd = skipValue(json, valueStart);
    if (isMember) {
      parts.push(json.subarray(copied, valueStart), Buffer.from(value));
      copied = valueEnd;
    }
    at = skipSpace(json, valueEnd);
    if (json[at] !== comma) break;
    at++;
  }
  return Buffer.concat([...parts, json.subarray(copied)]);
}
