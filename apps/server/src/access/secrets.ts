import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { Random } from "@agent-sdk/core";

/** `ask_`: a key; `ast_`: a session's token. So that people, and programs that look for leaks, know one when they see it. */
type Kind = "ask" | "ast";

const form = /^(ask|ast)_([0-9a-f]{24})_([A-Za-z0-9_-]{43})$/;
const handleBytes = 12;
const secretBytes = 32;

/** A credential taken apart. */
export interface ParsedSecret {
  readonly kind: Kind;
  /** What it is found by: it is shown and stored. */
  readonly handle: string;
  readonly whole: string;
}

/** A new key or token: a handle that may be known, and 256 random bits that only its holder knows. */
export function newSecret(kind: Kind, random: Random): ParsedSecret {
  const handle = Buffer.from(random.token(handleBytes), "base64url").toString("hex");
  return { kind, handle, whole: `${kind}_${handle}_${random.token(secretBytes)}` };
}

/** Null for what we did not make. */
export function parseSecret(text: string): ParsedSecret | null {
  const [, kind, handle] = form.exec(text) ?? [];
  return kind === undefined || handle === undefined ? null : { kind: kind as Kind, handle, whole: text };
}

/** The beginning of a key, as it is shown and stored. */
export function prefixOf({ kind, handle }: ParsedSecret): string {
  return `${kind}_${handle}`;
}

/**
 * What is stored in place of a credential. One plain SHA-256 is right here: what it hides has 256 random bits, so there is nothing to guess, and a slow hash
 * (bcrypt, argon2), which protects what people think up, would only make each call dear.
 */
export function hashOf(credential: string): string {
  return createHash("sha256").update(credential).digest("hex");
}

/** In a time that does not depend on where they differ. */
export function equalHashes(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/**
 * Says that `secret` is known, to whoever has the token: how a token remembers a key of the environment. A plain hash of that key would let a thief of the database
 * guess it, for people may have thought it up; this one is keyed with what the database does not have.
 */
export function proofOf(secret: string, token: ParsedSecret): string {
  return createHmac("sha256", token.whole).update(secret).digest("hex");
}
