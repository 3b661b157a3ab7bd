import { AgentSdkError } from "../../errors.ts";
import type { StoredEvent } from "../../event.ts";
import type { EventStore } from "../../store.ts";
import type { Tables } from "./tables.ts";
import { copy, requireSession } from "./tables.ts";

const encoder = new TextEncoder();

/** As many as fit: the first always, each further one while those before it are fewer bytes than `maxBytes`. */
function withinBytes(events: readonly StoredEvent[], maxBytes: number): StoredEvent[] {
  const taken: StoredEvent[] = [];
  let bytes = 0;
  for (const event of events) {
    if (taken.length > 0 && bytes >= maxBytes) break;
    bytes += encoder.encode(event.message).length;
    taken.push(event);
  }
  return taken;
}

export function eventsInMemory(tables: Tables): EventStore {
  return {
    async read(sessionId, { after, limit, maxBytes = Infinity, rpcId }) {
      const session = requireSession(tables, sessionId);
      if (after < session.firstSeq - 1) {
        throw new AgentSdkError("cursor_expired", `Events before ${session.firstSeq} are not kept.`, { details: { first_seq: session.firstSeq } });
      }
      const start = Math.max(0, after - session.firstSeq + 1);
      const wanted = rpcId === undefined ? session.events.slice(start, start + limit) : session.events.slice(start).filter((event) => event.rpcId === rpcId);
      return copy(withinBytes(wanted.slice(0, limit), maxBytes));
    },
    async lastSeqs(sessionIds) {
      const known = sessionIds.flatMap((id) => tables.sessions.get(id) ?? []);
      return new Map(known.map((session) => [session.id, session.lastSeq]));
    },
  };
}

/** Deletes a session's events before `firstSeq`. */
export function trimEvents(tables: Tables, sessionId: string, firstSeq: number): void {
  const session = requireSession(tables, sessionId);
  session.firstSeq = Math.min(Math.max(session.firstSeq, firstSeq), session.lastSeq + 1);
  session.events = session.events.filter((event) => event.seq >= session.firstSeq);
}
