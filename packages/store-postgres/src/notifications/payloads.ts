import type { Notification } from "@agent-sdk/core";

/** Below the server's limit of 8,000 bytes (https://www.postgresql.org/docs/current/sql-notify.html). */
const maxBytes = 7_500;

type Kind = Notification["kind"];

/** On the wire: a JSON array of the origin, the kind and the ids. */
export interface Payload {
  readonly origin: string;
  readonly notification: Notification;
}

/** As few payloads as hold all ids. An id that does not fit into one is left out: the poll finds it. */
export function encodePayloads(origin: string, kind: Kind, sessionIds: Iterable<string>): string[] {
  const head = JSON.stringify([origin, kind]).slice(0, -1);
  const payloads: string[] = [];
  let current = head;
  for (const id of sessionIds) {
    const part = `,${JSON.stringify(id)}`;
    if (Buffer.byteLength(head + part) >= maxBytes) continue;
    if (Buffer.byteLength(current) + Buffer.byteLength(part) >= maxBytes) {
      payloads.push(`${current}]`);
      current = head;
    }
    current += part;
  }
  return current === head ? payloads : [...payloads, `${current}]`];
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === "string");
}

/** @returns null for what is not ours. */
export function decodePayload(text: string): Payload | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
  if (!isStrings(value)) return null;
  const [origin, kind, ...sessionIds] = value;
  if (origin === undefined || (kind !== "events" && kind !== "work")) return null;
  return { origin, notification: { kind, sessionIds } };
}
