import type { RuntimeEnv, Store } from "@agent-sdk/core";
import { Authenticator } from "./authenticator.ts";
import { CredentialWatch } from "./credential-watch.ts";
import type { EnvironmentKey } from "./environment-keys.ts";
import { KeyService } from "./key-service.ts";
import { TokenService } from "./token-service.ts";

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
  return {
    authenticator: new Authenticator(store, environmentKeys),
    keys: new KeyService(store, env),
    tokens: new TokenService(store, env),
    watch,
    stop: () => watch.stop(),
  };
}
