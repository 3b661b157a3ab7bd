import type { RuntimeEnv, SessionToken, Store, TokenScope } from "@agent-sdk/core";
import type { Caller } from "./caller.ts";
import { issuerOf } from "./issuers.ts";
import { hashOf, newSecret } from "./secrets.ts";

export interface TokenRequest {
  readonly sessionId: string;
  readonly scopes: readonly TokenScope[];
  readonly ttlMs: number;
}

/** A token, and the only time that it is shown. */
export interface MadeToken {
  readonly token: SessionToken;
  readonly secret: string;
}

/** Makes tokens for single sessions. Whether the caller may use the session is for its routes to say. */
export class TokenService {
  readonly #store: Pick<Store, "tokens">;
  readonly #env: Pick<RuntimeEnv, "random">;

  constructor(store: Pick<Store, "tokens">, env: Pick<RuntimeEnv, "random">) {
    this.#store = store;
    this.#env = env;
  }

  /** @throws AgentSdkError `not_found` when the session, or the key that the caller came with, is gone */
  async create(caller: Caller, request: TokenRequest): Promise<MadeToken> {
    const { sessionId, scopes, ttlMs } = request;
    const secret = newSecret("ast", this.#env.random);
    const fields = { id: secret.handle, sessionId, scopes, ttlMs, hash: hashOf(secret.whole), ...issuerOf(caller, secret) };
    return { token: await this.#store.tokens.insert(fields), secret: secret.whole };
  }
}
