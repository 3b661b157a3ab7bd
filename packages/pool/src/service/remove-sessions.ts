import type { SessionFilter } from "@agent-sdk/core";
import type { PoolEnv } from "../env.ts";

const atOnce = 8;

/** Deletes a session: its sandbox first. Resolves when it is gone; one that is gone already is success. */
export type RemoveSession = (sessionId: string, signal?: AbortSignal) => Promise<void>;

/**
 * Deletes all sessions that match, a few at a time, until there is none. Only where no new one can come. All are marked before any is waited for, so that they
 * go on when the caller leaves or this process dies.
 */
export async function removeSessions(env: Pick<PoolEnv, "store">, remove: RemoveSession, filter: SessionFilter, signal?: AbortSignal): Promise<void> {
  const { sessions } = env.store;
  for (;;) {
    const { items } = await sessions.list(filter, { limit: 200 });
    if (items.length === 0) return;
    for (const { id } of items) await sessions.setIntents(id, { delete: true });
    const waiting = items.map(({ id }) => id);
    const work = async (): Promise<void> => {
      for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) await remove(id, signal);
    };
    const results = await Promise.allSettled(Array.from({ length: Math.min(atOnce, items.length) }, work));
    const failed = results.find((result) => result.status === "rejected");
    if (failed) throw failed.reason;
  }
}
