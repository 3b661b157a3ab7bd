import { operatorTenant, type Store } from "@agent-sdk/core";
import type { Caller } from "./caller.ts";
import type { EnvironmentKey } from "./environment-keys.ts";
import { equalHashes, hashOf, parseSecret, prefixOf, proofOf, type ParsedSecret } from "./secrets.ts";
import { environmentIssuer, openIssuer } from "./issuers.ts";

const anybody: Caller = { tenant: operatorTenant, scopes: ["admin"], credential: { kind: "none" } };

/** Tells who calls by what they bring. Stored keys and tokens are read at each call, so what is revoked on one replica is revoked on all at that moment. */
export class Authenticator {
  readonly #store: Pick<Store, "keys" | "tokens">;
  readonly #environment: readonly { readonly key: EnvironmentKey; readonly hash: string }[];

  constructor(store: Pick<Store, "keys" | "tokens">, environment: readonly EnvironmentKey[]) {
    this.#store = store;
    this.#environment = environment.map((key) => ({ key, hash: hashOf(key.secret) }));
  }

  /** Whether callers without a key are taken for the operator. */
  get isOpen(): boolean {
    return this.#environment.length === 0;
  }

  /**
   * The caller that the credential stands for; null where it stands for none. On a server that asks for no key, what has not the form of ours is not looked at.
   * @throws AgentSdkError `unavailable` when the store cannot say
   */
  async identify(credential: string | null): Promise<Caller | null> {
    if (credential === null) return this.isOpen ? anybody : null;
    const configured = this.#ofEnvironment(credential);
    if (configured !== null) return { tenant: configured.tenant, scopes: configured.scopes, credential: { kind: "environment", key: configured } };
    const parsed = parseSecret(credential);
    if (parsed === null) return this.isOpen ? anybody : null;
    return parsed.kind === "ask" ? this.#ofKey(parsed) : this.#ofToken(parsed);
  }

  /** Looks at every key, whichever it is: the time tells nothing. */
  #ofEnvironment(credential: string): EnvironmentKey | null {
    const given = hashOf(credential);
    let found: EnvironmentKey | null = null;
    for (const { key, hash } of this.#environment) if (equalHashes(hash, given)) found = key;
    return found;
  }

  async #ofKey(secret: ParsedSecret): Promise<Caller | null> {
    const found = await this.#store.keys.find(prefixOf(secret));
    if (found === null || !equalHashes(found.hash, hashOf(secret.whole))) return null;
    const { id, tenant, scopes } = found.key;
    return { tenant, scopes, credential: { kind: "key", id } };
  }

  async #ofToken(secret: ParsedSecret): Promise<Caller | null> {
    const found = await this.#store.tokens.find(secret.handle);
    if (found === null || !equalHashes(found.hash, hashOf(secret.whole))) return null;
    const { id, tenant, sessionId, scopes, keyId, issuer } = found.token;
    if (keyId === null && !this.#stillTrusts(issuer, secret)) return null;
    return { tenant, scopes: [], credential: { kind: "token", id, sessionId, scopes } };
  }

  /** Keys of the environment are revoked by taking them out of it: then what they made ends, too. */
  #stillTrusts(issuer: string | null, token: ParsedSecret): boolean {
    if (issuer === openIssuer) return this.isOpen;
    return this.#environment.some(({ key }) => equalHashes(environmentIssuer(proofOf(key.secret, token)), issuer ?? ""));
  }
}
