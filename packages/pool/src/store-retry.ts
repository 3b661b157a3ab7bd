import type { RuntimeEnv } from "@agent-sdk/core";
import { isAgentSdkError, sleep } from "@agent-sdk/core";

const retryMs = 100;

/**
 * Calls the store until it has answered. For reads, and for writes that are done once however often they are sent.
 * @throws the signal's reason when it aborts first, and what the store refuses.
 */
export async function untilKnown<T>(env: Pick<RuntimeEnv, "timers">, signal: AbortSignal, call: () => Promise<T>): Promise<T> {
  for (;;) {
    signal.throwIfAborted();
    try {
      return await call();
    } catch (error) {
      if (!isAgentSdkError(error, "unavailable") && !isAgentSdkError(error, "unknown_outcome")) throw error;
      await sleep(env, retryMs, { signal });
    }
  }
}
