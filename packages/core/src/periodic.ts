import type { RuntimeEnv } from "./env.ts";
import { sleep } from "./env.ts";
import { AgentSdkError, describeError } from "./errors.ts";

/** Runs `task` again and again, `milliseconds` after it ended, until stopped. A failure is logged and the next round comes. */
export class Periodic {
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;

  constructor(env: RuntimeEnv, name: string, milliseconds: number, task: () => Promise<void>) {
    this.#running = this.#run(env, name, milliseconds, task);
  }

  async #run(env: RuntimeEnv, name: string, milliseconds: number, task: () => Promise<void>): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        await task();
      } catch (error) {
        env.log.warn({ task: name, error: describeError(error) }, "a periodic task failed");
      }
      await sleep(env, milliseconds, { signal }).catch(() => undefined);
    }
  }

  /** Resolves when it does not run any more. */
  async stop(): Promise<void> {
    this.#stopping.abort(new AgentSdkError("aborted", "Stopped."));
    await this.#running;
  }
}
