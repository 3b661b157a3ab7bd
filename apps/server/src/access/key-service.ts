import { AgentSdkError, type ApiKey, type Page, type RuntimeEnv, type Scope, type Store } from "@agent-sdk/core";
import { isOperator, type Caller } from "./caller.ts";
import { hashOf, newSecret, prefixOf } from "./secrets.ts";

export interface KeyRequest {
  readonly name: string | null;
  readonly scopes: readonly Scope[];
  /** The caller's own where it is not given. */
  readonly tenant: string | undefined;
  readonly ttlMs: number | null;
}

/** A key, and the only time that it is shown. */
export interface MadeKey {
  readonly key: ApiKey;
  readonly secret: string;
}

/** Makes, lists and revokes keys: each tenant's administrators their own, the operator's everybody's. */
export class KeyService {
  readonly #store: Pick<Store, "keys">;
  readonly #env: Pick<RuntimeEnv, "random">;

  constructor(store: Pick<Store, "keys">, env: Pick<RuntimeEnv, "random">) {
    this.#store = store;
    this.#env = env;
  }

  #tenantOf(caller: Caller, wanted: string | undefined): string {
    if (wanted === undefined || wanted === caller.tenant || isOperator(caller)) return wanted ?? caller.tenant;
    throw new AgentSdkError("forbidden", "This key may manage the keys of its own tenant only.", { details: { field: "tenant" } });
  }

  /** @throws AgentSdkError `forbidden` for another tenant's */
  async create(caller: Caller, request: KeyRequest): Promise<MadeKey> {
    const { name, scopes, ttlMs } = request;
    const tenant = this.#tenantOf(caller, request.tenant);
    const secret = newSecret("ask", this.#env.random);
    const fields = { id: this.#env.random.uuid(), tenant, name, scopes, ttlMs, prefix: prefixOf(secret), hash: hashOf(secret.whole) };
    return { key: await this.#store.keys.insert(fields), secret: secret.whole };
  }

  /** @throws AgentSdkError `forbidden` for another tenant's */
  async list(caller: Caller, options: { readonly tenant: string | undefined; readonly limit: number; readonly cursor: string | undefined }): Promise<Page<ApiKey>> {
    const { tenant, limit, cursor } = options;
    return this.#store.keys.list(this.#tenantOf(caller, tenant), { limit, cursor });
  }

  /** Ends a key and the tokens that it made. @throws AgentSdkError `not_found`, for other tenants' keys too; `forbidden` for another tenant that is named */
  async revoke(caller: Caller, id: string, options: { readonly tenant: string | undefined }): Promise<void> {
    const deleted = await this.#store.keys.delete(this.#tenantOf(caller, options.tenant), id);
    if (!deleted) throw new AgentSdkError("not_found", "There is no such key.");
  }
}
