import { randomUUID } from "node:crypto";

/** An id as OpenAI's APIs make them. */
export function identifier(prefix: string): string {
  return `${prefix}_${randomUUID().replaceAll("-", "")}`;
}

/** Seconds since 1970, as the APIs give times. */
export function now(): number {
  return Math.floor(Date.now() / 1000);
}
