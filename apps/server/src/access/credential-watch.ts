import { AgentSdkError, Periodic, type RuntimeEnv, type Store } from "@agent-sdk/core";
import type { Credential } from "./caller.ts";

/** How soon a stream ends at the latest whose key or token ended. */
export const watchIntervalMs = 5000;

type Kind = "key" | "token";
type Watched = Map<string, Set<() => void>>;

/**
 * Looks whether the keys and tokens behind open streams still hold. Calls are checked when they come; what stays open for hours has to be asked about. One read for all
 * keys and one for all tokens in use here, however many streams there are; none while there is no stream.
 */
export class CredentialWatch {
  readonly #store: Pick<Store, "keys" | "tokens">;
  readonly #watched: Readonly<Record<Kind, Watched>> = { key: new Map(), token: new Map() };
  readonly #periodic: Periodic;

  constructor(store: Pick<Store, "keys" | "tokens">, env: RuntimeEnv) {
    this.#store = store;
    this.#periodic = new Periodic(env, "watch credentials", watchIntervalMs, () => this.check());
  }

  /** Calls `onEnd` once the credential does not hold any more. @returns what ends the watching */
  watch(credential: Credential, onEnd: () => void): () => void {
    if (credential.kind !== "key" && credential.kind !== "token") return () => undefined;
    const watched = this.#watched[credential.kind];
    const callbacks = watched.get(credential.id) ?? new Set();
    callbacks.add(onEnd);
    watched.set(credential.id, callbacks);
    return () => {
      callbacks.delete(onEnd);
      if (callbacks.size === 0 && watched.get(credential.id) === callbacks) watched.delete(credential.id);
    };
  }

  /** Looks now. */
  async check(): Promise<void> {
    await this.#checkAll(this.#watched.key, (ids) => this.#store.keys.findValid(ids));
    await this.#checkAll(this.#watched.token, (ids) => this.#store.tokens.findValid(ids));
  }

  async #checkAll(watched: Watched, findValid: (ids: readonly string[]) => Promise<ReadonlySet<string>>): Promise<void> {
    const ids = [...watched.keys()];
    if (ids.length === 0) return;
    const valid = await findValid(ids);
    for (const id of ids) {
      if (valid.has(id)) continue;
      for (const onEnd of watched.get(id) ?? []) onEnd();
      watched.delete(id);
    }
  }

  /** Resolves when it looks no more. */
  stop(): Promise<void> {
    return this.#periodic.stop();
  }
}

/** What a stream ends with whose credential ended. */
export function credentialEnded(): AgentSdkError {
  return new AgentSdkError("unauthenticated", "The key or token of this stream does not hold any more.");
}
