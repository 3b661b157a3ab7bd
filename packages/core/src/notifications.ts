/** A hint that something changed in the store. Only a wake-up: it may be lost, doubled or late, and everything works by polling without it. */
export interface Notification {
  /** `events`: new rows in these sessions' sequences. `work`: their owner should look at their rows. */
  readonly kind: "events" | "work";
  readonly sessionIds: readonly string[];
}

/** Wake-ups between the replicas of one database; part of the Env. */
export interface Notifications extends AsyncDisposable {
  /** Coalesced and sent soon; never one message per event. Never throws. */
  publish(notification: Notification): void;
  /** Hears what other replicas, and this one, published. @returns a function that stops it. */
  subscribe(listener: (notification: Notification) => void): () => void;
}

/** Notifications within one process: all that an embedded database needs. */
export function localNotifications(): Notifications {
  const listeners = new Set<(notification: Notification) => void>();
  return {
    publish(notification) {
      queueMicrotask(() => {
        for (const listener of listeners) listener(notification);
      });
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async [Symbol.asyncDispose]() {
      listeners.clear();
    },
  };
}
