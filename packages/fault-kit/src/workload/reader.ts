import type { StoredEvent } from "@agent-sdk/core";
import { isAgentSdkError } from "@agent-sdk/core";
import type { FeedItem, Subscription } from "@agent-sdk/pool";
import type { Replica } from "../world/replica.ts";
import type { World } from "../world/world.ts";
import { SimClient } from "./sim-client.ts";

/** Follows one session's stream over every crash, and keeps what it was given. */
export class Reader {
  readonly sessionId: string;
  readonly seen: StoredEvent[] = [];
  readonly #world: World;
  readonly #client: SimClient;
  #isStopped = false;
  #incarnation = 1;

  constructor(sessionId: string, name: string, world: World) {
    this.sessionId = sessionId;
    this.#world = world;
    this.#client = new SimClient(name, world);
  }

  stop(): void {
    this.#isStopped = true;
  }

  async follow(): Promise<void> {
    while (!this.#isStopped) {
      this.#noticeIncarnation();
      const replica = this.#client.pick();
      if (!replica || !(await this.#followOn(replica))) await this.#client.sleep(200);
    }
  }

  get position(): number {
    return this.seen.at(-1)?.seq ?? 0;
  }

  /** The session that was followed is gone and its id is another's: a reader of the interface is told `session_deleted`, and begins at 0. */
  #noticeIncarnation(): void {
    const { incarnation } = this.#world.ledger.notes(this.sessionId);
    if (incarnation === this.#incarnation) return;
    this.#incarnation = incarnation;
    this.seen.length = 0;
  }

  /** @returns false when this connection brought nothing. */
  async #followOn(replica: Replica): Promise<boolean> {
    const before = this.position;
    const subscribed = await this.#client.once(replica, (pool) => pool.subscribe("tenant", this.sessionId, { after: this.position }));
    if (subscribed.type === "failed") this.#onRefused(subscribed.error);
    if (subscribed.type !== "ok") return false;
    await this.#drain(replica, subscribed.value);
    return this.position > before;
  }

  #onRefused(error: unknown): void {
    const { incarnation, lastSeq } = this.#world.ledger.notes(this.sessionId);
    if (isAgentSdkError(error, "bad_request") && incarnation === this.#incarnation) this.#world.violations.add("5 a position that was given out is never refused", `${this.sessionId}: ${this.position} of ${lastSeq}`);
  }

  async #drain(replica: Replica, subscription: Subscription): Promise<void> {
    const items = subscription.items[Symbol.asyncIterator]();
    // The connection may be cut at any item, and the reader comes back with its number.
    const { choices } = this.#world;
    for (;;) {
      const next = await this.#client.once(replica, () => items.next());
      if (next.type !== "ok" || next.value.done || next.value.value.type === "goodbye") break;
      this.#take(next.value.value);
      if (this.#isStopped || choices.number(choices.keyFor(`reader/${this.#client.name}/cut`)) < 0.02) break;
    }
    if (replica.process.isAlive) replica.process.after(1, () => void items.return?.(undefined));
  }

  #take(item: Extract<FeedItem, { type: "events" }>): void {
    const { violations, ledger } = this.#world;
    if (ledger.notes(this.sessionId).incarnation !== this.#incarnation) return;
    for (const event of item.events) {
      violations.check(event.seq === this.position + 1, "5 a reader's position has no gap and no repetition", () => `${this.sessionId}: ${event.seq} after ${this.position}`);
      violations.check(event.seq <= ledger.notes(this.sessionId).lastSeq, "4 nothing is given out that is not committed", () => `${this.sessionId}: ${event.seq}`);
      this.seen.push(event);
    }
  }
}
