import type { Logger } from "@agent-sdk/core";
import { describeError } from "@agent-sdk/core";

/** Owns tasks that nobody awaits: each is known, its failure is logged, and closing waits for all. */
export class BackgroundTasks {
  readonly #log: Logger;
  readonly #running = new Set<Promise<void>>();

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Starts a task. A failure of it is logged under `name`, never thrown. */
  run(name: string, task: () => Promise<void>): void {
    const running = task()
      .catch((error: unknown) => this.#log.error({ task: name, error: describeError(error) }, "a background task failed"))
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  /** Resolves when none runs any more, those begun in the meantime included. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }
}
