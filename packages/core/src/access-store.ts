import type { ApiKey, Scope, SessionToken, TokenScope } from "./access.ts";
import type { Page, PageRequest } from "./store.ts";

export interface NewApiKey {
  readonly id: string;
  readonly tenant: string;
  readonly name: string | null;
  readonly scopes: readonly Scope[];
  readonly prefix: string;
  /** Of the whole key. */
  readonly hash: string;
  /** How long it holds from now on, by the database's clock; null: for ever. */
  readonly ttlMs: number | null;
}

/** Keys of callers. All times are the database's: a key ends for all replicas at the same moment. */
export interface KeyStore {
  /** @throws `conflict` when the id or the prefix is taken. */
  insert(key: NewApiKey): Promise<ApiKey>;
  /** The key of this prefix with its hash; null where there is none or it is over. */
  find(prefix: string): Promise<{ readonly key: ApiKey; readonly hash: string } | null>;
  /** A tenant's, expired ones too. */
  list(tenant: string, page: PageRequest): Promise<Page<ApiKey>>;
  /** With all tokens that it made. False when the tenant has no such key. */
  delete(tenant: string, id: string): Promise<boolean>;
  /** Those of these ids that hold at this moment. */
  findValid(ids: readonly string[]): Promise<ReadonlySet<string>>;
}

export interface NewSessionToken {
  readonly id: string;
  readonly sessionId: string;
  readonly scopes: readonly TokenScope[];
  readonly keyId: string | null;
  readonly issuer: string | null;
  readonly hash: string;
  readonly ttlMs: number;
}

/** Tokens of sessions. One holds until it expires, its session is deleted or on its way to be, or the key that made it is deleted or over. */
export interface TokenStore {
  /** @throws `conflict` when the id is taken, `not_found` when the session or the key is gone. */
  insert(token: NewSessionToken): Promise<SessionToken>;
  /** The token with its hash; null where it does not hold. */
  find(id: string): Promise<{ readonly token: SessionToken; readonly hash: string } | null>;
  /** False when there is none. */
  delete(id: string): Promise<boolean>;
  /** Those of these ids that hold at this moment. */
  findValid(ids: readonly string[]): Promise<ReadonlySet<string>>;
  /** Deletes what has expired; answers how many. */
  expire(): Promise<number>;
}
