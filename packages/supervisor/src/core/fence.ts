import { AgentSdkError } from "@agent-sdk/core";
import type { StateStorage } from "./storage.ts";

/**
 * How far a generation may be above the highest seen. One ownership is one generation, so that an honest leap is small; without a bound one bad call could use
 * the numbers up.
 */
const maxLeap = 1_000_000;

/** Remembers the highest generation that gave a command, over restarts too, and refuses every lower one and every leap. */
export class Fence {
  readonly #storage: StateStorage;
  #generation: number;

  constructor(storage: StateStorage) {
    this.#storage = storage;
    this.#generation = storage.readGeneration();
  }

  get generation(): number {
    return this.#generation;
  }

  /** @throws AgentSdkError `superseded` for a lower generation than the highest seen, `bad_request` for one more than a million above it. */
  enter(generation: number): void {
    if (generation < this.#generation) {
      throw new AgentSdkError("superseded", `Generation ${generation} is over: ${this.#generation} drives this sandbox now.`, { details: { generation: this.#generation } });
    }
    if (generation === this.#generation) return;
    // The first one is the owner's, before anything of an agent runs: a long-lived session has any number by then.
    if (this.#generation > 0 && generation - this.#generation > maxLeap) {
      throw new AgentSdkError("bad_request", `Generation ${generation} is more than ${maxLeap} above ${this.#generation}, the highest seen.`, { details: { generation: this.#generation } });
    }
    this.#storage.writeGeneration(generation);
    this.#generation = generation;
  }
}
