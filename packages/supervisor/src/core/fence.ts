import { AgentSdkError } from "@agent-sdk/core";
import type { StateStorage } from "./storage.ts";

/** Remembers the highest generation that gave a command, over restarts too, and refuses every lower one. */
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

  /** @throws AgentSdkError `superseded` for a lower generation than the highest seen. */
  enter(generation: number): void {
    if (generation < this.#generation) {
      throw new AgentSdkError("superseded", `Generation ${generation} is over: ${this.#generation} drives this sandbox now.`, { details: { generation: this.#generation } });
    }
    if (generation === this.#generation) return;
    this.#storage.writeGeneration(generation);
    this.#generation = generation;
  }
}
