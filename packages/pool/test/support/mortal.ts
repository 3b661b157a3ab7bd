import type { SandboxProvider, Store } from "@agent-sdk/core";
import { AgentSdkError } from "@agent-sdk/core";

/**
 * The parts of a process that can die: from the `diesAt`-th step on nothing that it asks of the store or the provider happens any more. With `applied`, that
 * step still does, and only its answer is lost.
 */
export class Mortal {
  readonly #diesAt: number;
  readonly #applied: boolean;
  #steps = 0;
  /** What was asked, in order, the last being the one that it died in. */
  readonly asked: string[] = [];

  constructor(diesAt: number, options: { readonly applied: boolean }) {
    this.#diesAt = diesAt;
    this.#applied = options.applied;
  }

  get dead(): boolean {
    return this.#steps >= this.#diesAt;
  }

  async #step<T>(name: string, counts: boolean, call: () => Promise<T>): Promise<T> {
    const lost = new AgentSdkError("unavailable", "This process is dead.");
    if (this.dead) throw lost;
    if (!counts) return call();
    this.#steps += 1;
    this.asked.push(name);
    if (!this.dead) return call();
    if (this.#applied) await call();
    throw lost;
  }

  /** The same object, whose calls are steps where `counts` says so. */
  wrap<T extends object>(target: T, counts: (name: string) => boolean, prefix = ""): T {
    return new Proxy(target, {
      get: (object, key) => {
        const value: unknown = Reflect.get(object, key, object);
        const name = `${prefix}${String(key)}`;
        if (typeof value === "function") {
          const call = (...args: unknown[]): unknown => Reflect.apply(value as (...given: unknown[]) => unknown, object, args);
          return name === "list" || typeof key === "symbol" || name === "validate" ? call : (...args: unknown[]) => this.#step(name, counts(name), () => call(...args) as Promise<unknown>);
        }
        return typeof value === "object" && value !== null && typeof key === "string" && key !== "capabilities" ? this.wrap(value, counts, `${name}.`) : value;
      },
    });
  }

  store(store: Store): Store {
    return this.wrap(store, (name) => /^(volumes|agents|commits)\.|^sessions\.(setIntents|list|remove|insert)$/.test(name));
  }

  provider(provider: SandboxProvider): SandboxProvider {
    return this.wrap(provider, (name) => /^(create|destroy|volumes\.(create|destroy))$/.test(name));
  }
}
