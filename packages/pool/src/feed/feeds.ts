import type { StoredEvent } from "@agent-sdk/core";
import { AgentSdkError, describeError, isAgentSdkError, isJsonObject, parseTerminalFrame } from "@agent-sdk/core";
import type { PoolEnv } from "../env.ts";
import type { FeedItem, SubscribeOptions, Subscription } from "../session-service.ts";
import type { FeedEnd } from "./session-feed.ts";
import { SessionFeed } from "./session-feed.ts";

const pageEvents = 1000;
const pageBytes = 1024 * 1024;

/**
 * Subscriptions. Each reads committed rows up to now and then follows: from memory while it keeps up with what this process commits, from the
 * store otherwise. It advances only past what it has given out, so there is neither a gap nor a double, whoever writes and however slow it is.
 */
export class Feeds {
  readonly #env: Pick<PoolEnv, "log" | "store">;
  readonly #feeds = new Map<string, SessionFeed>();
  #ended: FeedEnd | null = null;

  constructor(env: Pick<PoolEnv, "log" | "store">) {
    this.#env = env;
  }

  get subscribers(): number {
    return [...this.#feeds.values()].reduce((sum, feed) => sum + feed.subscribers, 0);
  }

  subscribersOf(sessionId: string): number {
    return this.#feeds.get(sessionId)?.subscribers ?? 0;
  }

  /** Events of one session that this process just committed, in order. */
  publish(events: readonly StoredEvent[]): void {
    const first = events[0];
    if (first) this.#feeds.get(first.sessionId)?.publish(events);
  }

  /** Rows up to `seq` are committed. */
  notice(sessionId: string, seq: number): void {
    this.#feeds.get(sessionId)?.notice(seq);
  }

  /** Asks the store how far the subscribed sessions among `sessionIds` (default: all) have come: one round trip for all of them. */
  async refresh(sessionIds: readonly string[] = [...this.#feeds.keys()]): Promise<void> {
    const subscribed = sessionIds.filter((id) => this.#feeds.has(id));
    if (subscribed.length === 0) return;
    try {
      const seqs = await this.#env.store.events.lastSeqs(subscribed);
      for (const id of subscribed) {
        const seq = seqs.get(id);
        if (seq === undefined) this.end(id, "session_deleted");
        else this.notice(id, seq);
      }
    } catch (error) {
      // The next poll asks again.
      this.#env.log.warn({ error: describeError(error) }, "could not look for new events");
    }
  }

  end(sessionId: string, reason: FeedEnd): void {
    this.#feeds.get(sessionId)?.end(reason);
  }

  /** Ends every subscription with a goodbye, after what it can still be given from memory. */
  endAll(reason: FeedEnd): void {
    this.#ended ??= reason;
    for (const feed of this.#feeds.values()) feed.end(reason);
  }

  /** Attaches at once: what is committed after this call began is seen. @throws `not_found`, `cursor_expired`. */
  async subscribe(sessionId: string, options: SubscribeOptions = {}): Promise<Subscription> {
    const feed = this.#enter(sessionId);
    try {
      const head = await this.#env.store.sessions.head(sessionId);
      if (!head) throw new AgentSdkError("not_found", `There is no session ${sessionId}.`);
      const after = options.after ?? head.lastSeq;
      if (after < head.firstSeq - 1) {
        throw new AgentSdkError("cursor_expired", `Events up to ${head.firstSeq - 1} are no longer kept.`, { details: { first_seq: head.firstSeq } });
      }
      if (after > head.lastSeq) {
        throw new AgentSdkError("bad_request", `The newest event is ${head.lastSeq}: there is no position ${after}.`, { details: { last_seq: head.lastSeq } });
      }
      feed.notice(head.lastSeq);
      return { after, items: this.#follow(feed, after, options) };
    } catch (error) {
      this.#leave(feed);
      throw error;
    }
  }

  async *#follow(feed: SessionFeed, after: number, options: SubscribeOptions): AsyncGenerator<FeedItem> {
    const { rpcId, follow = true, signal } = options;
    let cursor = after;
    try {
      while (!signal?.aborted) {
        if (feed.known > cursor) {
          const { events, position } = await this.#read(feed, cursor, rpcId);
          cursor = position;
          const wanted = rpcId === undefined ? events : events.filter((event) => event.rpcId === rpcId);
          const end = rpcId === undefined ? -1 : wanted.findIndex((event) => isTerminal(event, rpcId));
          if (wanted.length > 0) yield { type: "events", events: end < 0 ? wanted : wanted.slice(0, end + 1) };
          if (end >= 0) return;
        } else if (feed.ended) {
          yield { type: "goodbye", reason: feed.ended, lastSeq: cursor };
          return;
        } else if (follow) {
          await feed.changed(cursor, signal);
        } else {
          return;
        }
      }
    } finally {
      this.#leave(feed);
    }
  }

  /** The next events, and the position up to which there are no others. */
  async #read(feed: SessionFeed, cursor: number, rpcId: string | undefined): Promise<{ readonly events: readonly StoredEvent[]; readonly position: number }> {
    const { known } = feed;
    // The window may end before what is known: rows of other replicas, and of callers, are noticed and not published.
    const recent = feed.recent(cursor, pageEvents);
    const events = recent && recent.length > 0 ? recent : await this.#readStored(feed, cursor, rpcId);
    const last = events.at(-1);
    if (last) return { events, position: last.seq };
    // Committed rows cannot be missing but for one reason; another prompt's are only left out.
    if (rpcId === undefined) feed.end("session_deleted");
    return { events, position: known };
  }

  async #readStored(feed: SessionFeed, cursor: number, rpcId: string | undefined): Promise<readonly StoredEvent[]> {
    try {
      return await this.#env.store.events.read(feed.sessionId, { after: cursor, limit: pageEvents, maxBytes: pageBytes, rpcId });
    } catch (error) {
      if (!isAgentSdkError(error, "not_found")) throw error;
      feed.end("session_deleted");
      return [];
    }
  }

  #enter(sessionId: string): SessionFeed {
    const feed = this.#feeds.get(sessionId) ?? new SessionFeed(sessionId, 0);
    if (this.#ended) feed.end(this.#ended);
    feed.subscribers += 1;
    this.#feeds.set(sessionId, feed);
    return feed;
  }

  #leave(feed: SessionFeed): void {
    feed.subscribers -= 1;
    if (feed.subscribers === 0 && this.#feeds.get(feed.sessionId) === feed) this.#feeds.delete(feed.sessionId);
  }
}

/** Whether the event is the last of the prompt, by its members. */
function isTerminal(event: StoredEvent, rpcId: string): boolean {
  const message: unknown = JSON.parse(event.message);
  return isJsonObject(message) && parseTerminalFrame(message, rpcId) !== null;
}
