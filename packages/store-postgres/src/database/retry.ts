import type { RuntimeEnv } from "@agent-sdk/core";
import { sleep } from "@agent-sdk/core";
import { isTransient, refusalOf } from "./failures.ts";

const attempts = 6;

/** Runs a statement again when it was rolled back for the sake of another: at most six times, a random 0–20 ms · attempt apart. */
export async function withRetries<T>(env: RuntimeEnv, run: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await run();
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal === null || !isTransient(refusal) || attempt === attempts) throw error;
      await sleep(env, env.random.number() * 20 * attempt);
    }
  }
}
