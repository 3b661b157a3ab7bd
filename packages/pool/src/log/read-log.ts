import type { PoolEnv } from "../env.ts";
import type { LogRow } from "../session-service.ts";
import { LogProjection } from "./log-projection.ts";

const pageEvents = 2000;

/** The newest `limit` rows of a session's log, oldest first, derived from its stored events. */
export async function readLog(env: Pick<PoolEnv, "store">, sessionId: string, limit: number): Promise<readonly LogRow[]> {
  const head = await env.store.sessions.head(sessionId);
  const projection = new LogProjection();
  let rows: LogRow[] = [];
  for (let after = (head?.firstSeq ?? 1) - 1; ; ) {
    const events = await env.store.events.read(sessionId, { after, limit: pageEvents });
    const last = events.at(-1);
    if (!last) return rows.slice(-limit);
    for (const event of events) rows.push(...projection.add(event));
    // Rows that fall out of the answer are not kept while the rest is read.
    if (rows.length > limit * 2) rows = rows.slice(-limit);
    after = last.seq;
  }
}
