import type { PoolEnv, PoolOptions } from "./env.ts";
import type { Ownership } from "./replica/ownership.ts";

/**
 * Asks for the release of sandboxes that did nothing for `reaperIdleMs`. A running prompt, a command or a file transfer keeps one awake however silent it
 * is; an open stream does not.
 */
export async function reapIdle(env: Pick<PoolEnv, "log" | "store">, options: PoolOptions, ownership: Ownership): Promise<void> {
  for (const driver of ownership.drivers()) {
    const { sandbox, sessionId } = driver.context;
    if (sandbox.phase !== "running" || sandbox.recipe.noReap || driver.idleMs() < options.reaperIdleMs) continue;
    env.log.info({ session_id: sessionId, idle_ms: Math.round(driver.idleMs()) }, "an idle sandbox is hibernated");
    await env.store.sessions.setIntents(sessionId, { release: true });
    driver.poke();
  }
}
