import { Periodic, type RuntimeEnv, type Store } from "@agent-sdk/core";
import { Authenticator } from "./authenticator.ts";
import { CredentialWatch } from "./credential-watch.ts";
import type { EnvironmentKey } from "./environment-keys.ts";
import { KeyService } from "./key-service.ts";
import { TokenService } from "./token-service.ts";

/** How often tokens that ended are deleted. They are refused from their end on, whenever that is. */
const expireEveryMs = 3_600_000;

/** Who may call. */
export interface Access {
  readonly authenticator: Authenticator;
  readonly keys: KeyService;
  readonly tokens: TokenService;
  readonly watch: CredentialWatch;
  /** Ends what runs by itself. */
  stop(): Promise<void>;
}

/** Over the keys and tokens of a store, and the keys that the server was started with. Without the latter, callers without a key are taken for the operator. */
export function createAccess(env: RuntimeEnv, store: Pick<Store, "keys" | "tokens">, environmentKeys: readonly EnvironmentKey[]): Access {
  const watch = new CredentialWatch(store, env);
  const expiring = new Periodic(env, "delete ended tokens", expireEveryMs, async () => void (await store.tokens.expire()));
  return {
    authenticator: new Authenticator(store, environmentKeys),
    keys: new KeyService(store, env),
    tokens: new TokenService(store, env),
    watch,
    stop: async () => void (await Promise.all([watch.stop(), expiring.stop()])),
  };
}
