/**
 * What a key must be allowed to do. `read`: see what there is; `sessions`: make, use and end it too; `admin`: keys and tokens as well. A scope includes the
 * ones before it. What concerns several tenants needs a key of the tenant {@link operatorTenant} besides.
 */
export type Scope = "admin" | "read" | "sessions";

/** From the least to the most. */
export const scopes: readonly Scope[] = ["read", "sessions", "admin"];

/** True where one of the given scopes is, or includes, the needed one. */
export function allows(given: readonly Scope[], needed: Scope): boolean {
  return given.some((scope) => scopes.indexOf(scope) >= scopes.indexOf(needed));
}

/** The tenant of whoever runs the server; also of every caller while there are no keys. */
export const operatorTenant = "default";

/** What a session's token allows: to watch, to send and end prompts, to answer the agent's questions. */
export type TokenScope = "permissions" | "prompt" | "read";

/** A key by which a caller authenticates. Of the key itself only a hash is kept. */
export interface ApiKey {
  readonly id: string;
  readonly tenant: string;
  readonly name: string | null;
  readonly scopes: readonly Scope[];
  /** The key's beginning: enough to recognise it, and what it is found by. */
  readonly prefix: string;
  readonly createdAt: Date;
  /** Null: never. */
  readonly expiresAt: Date | null;
}

/** A key for one session, for a while. */
export interface SessionToken {
  readonly id: string;
  readonly sessionId: string;
  /** The session's. */
  readonly tenant: string;
  readonly scopes: readonly TokenScope[];
  /** The stored key that made it, with which it ends; null where another kind of caller did. */
  readonly keyId: string | null;
  /** What {@link keyId} is for callers that are no stored key: opaque to the store. */
  readonly issuer: string | null;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}
