import type { RuntimeEnv, Timer } from "@agent-sdk/core";
import { heartbeatMs } from "../wire.ts";

/** One timer for all open streams: each beat asks every stream to send something if it was idle since the last one. */
export class Heartbeat {
  readonly #env: RuntimeEnv;
  readonly #streams = new Set<() => void>();
  #timer: Timer | null = null;

  constructor(env: RuntimeEnv) {
    this.#env = env;
  }

  /** @returns a function that ends it. */
  add(beat: () => void): () => void {
    this.#streams.add(beat);
    this.#arm();
    return () => {
      this.#streams.delete(beat);
      if (this.#streams.size === 0) this.#timer?.cancel();
      if (this.#streams.size === 0) this.#timer = null;
    };
  }

  #arm(): void {
    this.#timer ??= this.#env.timers.set(
      heartbeatMs,
      () => {
        this.#timer = null;
        for (const beat of this.#streams) beat();
        if (this.#streams.size > 0) this.#arm();
      },
      { background: true },
    );
  }
}
