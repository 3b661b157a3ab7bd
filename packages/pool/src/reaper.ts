import type { PoolEnv, PoolOptions } from "./env.ts";
import type { Ownership } from "./replica/ownership.ts";

/**
 * Has sandboxes hibernated that did nothing for `reaperIdleMs`. A running prompt, a command or a file transfer keeps one awake however silent it
 * is; an open stream does not.
 */
export function reapIdle(env: Pick<PoolEnv, "log">, options: PoolOptions, ownership: Ownership): void {
  for (const driver of ownership.drivers()) {
    const { sandbox, sessionId } = driver.context;
    if (sandbox.phase !== "running" || sandbox.recipe.noReap || !driver.isIdleFor(options.reaperIdleMs)) continue;
    env.log.info({ session_id: sessionId, idle_ms: Math.round(driver.idleMs()) }, "an idle sandbox is hibernated");
    driver.reap(options.reaperIdleMs);
  }
}
