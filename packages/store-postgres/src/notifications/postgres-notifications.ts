import type { Notification, Notifications, RuntimeEnv } from "@agent-sdk/core";
import { describeError } from "@agent-sdk/core";
import type { Database } from "../database/database.ts";
import type { Timeouts } from "../database/timeouts.ts";
import { decodePayload, encodePayloads } from "./payloads.ts";
import { listen } from "./listener.ts";

export interface PostgresNotificationsOptions {
  readonly database: Database;
  readonly databaseUrl: string;
  readonly env: RuntimeEnv;
  readonly timeouts: Timeouts;
  readonly channel: string;
}

const coalesceMs = 10;

/** Collects ids per kind and hands them on together, at most once in {@link coalesceMs} and never two at a time. */
function coalescer(env: RuntimeEnv, send: (kind: Notification["kind"], ids: ReadonlySet<string>) => Promise<void>): { add(notification: Notification): void; close(): Promise<void> } {
  let pending = new Map<Notification["kind"], Set<string>>();
  let flushing: Promise<void> | null = null;
  let closed = false;
  const flush = async (): Promise<void> => {
    const batch = pending;
    pending = new Map();
    for (const [kind, ids] of batch) await send(kind, ids);
  };
  const schedule = (): void => {
    if (flushing !== null || pending.size === 0) return;
    flushing = new Promise<void>((resolve) => void env.timers.set(coalesceMs, resolve)).then(flush).finally(() => {
      flushing = null;
      schedule();
    });
  };
  return {
    add({ kind, sessionIds }) {
      if (closed) return;
      const ids = pending.get(kind) ?? new Set();
      for (const id of sessionIds) ids.add(id);
      if (ids.size > 0) pending.set(kind, ids);
      schedule();
    },
    async close() {
      closed = true;
      while (flushing !== null) await flushing;
    },
  };
}

/**
 * Wake-ups through LISTEN and NOTIFY. What this process publishes reaches its own subscribers directly; the others hear it within about ten
 * milliseconds. While the database cannot be reached nothing is sent or heard, and nothing is kept for later.
 */
export function postgresNotifications(options: PostgresNotificationsOptions): Notifications {
  const { database, env, channel } = options;
  const origin = env.random.uuid();
  const listeners = new Set<(notification: Notification) => void>();
  const tell = (notification: Notification): void => {
    for (const listener of listeners) listener(notification);
  };
  const listener = listen(options, (text) => {
    const payload = decodePayload(text);
    if (payload !== null && payload.origin !== origin) tell(payload.notification);
  });
  const outgoing = coalescer(env, async (kind, ids) => {
    for (const payload of encodePayloads(origin, kind, ids)) {
      await database
        .run({ name: "notify", sql: "select pg_notify($1, $2)", parameters: [channel, payload] }, { kind: "read" })
        .catch((error: unknown) => env.log.debug({ error: describeError(error) }, "a notification was not sent"));
    }
  });
  return {
    publish(notification) {
      queueMicrotask(() => tell(notification));
      outgoing.add(notification);
    },
    subscribe(heard) {
      listeners.add(heard);
      return () => listeners.delete(heard);
    },
    async [Symbol.asyncDispose]() {
      listeners.clear();
      await Promise.all([outgoing.close(), listener[Symbol.asyncDispose]()]);
    },
  };
}
