import type { Notification, Notifications } from "@agent-sdk/core";
import type { Choices } from "../kernel/choices.ts";
import type { SimProcess } from "../kernel/sim-process.ts";

const latencyMs = 3;

/** Wake-ups between the replicas of a run: late, and now and then lost. */
export class NotificationBus {
  readonly #choices: Choices;
  readonly #listeners = new Set<{ readonly process: SimProcess; readonly listener: (notification: Notification) => void }>();

  constructor(choices: Choices) {
    this.#choices = choices;
  }

  /** One process's end of it. */
  connect(process: SimProcess): Notifications {
    const own = new Set<{ readonly process: SimProcess; readonly listener: (notification: Notification) => void }>();
    return {
      publish: (notification) => {
        for (const entry of this.#listeners) {
          const key = this.#choices.keyFor(`notify/${process.name}/${entry.process.name}`);
          if (this.#choices.fault("lost_notification", key, 0.1) !== null) continue;
          entry.process.after(latencyMs, () => {
            if (this.#listeners.has(entry)) entry.listener(structuredClone(notification));
          });
        }
      },
      subscribe: (listener) => {
        const entry = { process, listener };
        own.add(entry);
        this.#listeners.add(entry);
        process.onCrash(() => this.#listeners.delete(entry));
        return () => this.#listeners.delete(entry);
      },
      [Symbol.asyncDispose]: async () => {
        for (const entry of own) this.#listeners.delete(entry);
      },
    };
  }
}
