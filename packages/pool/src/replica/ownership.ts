import { AgentSdkError, describeError, isAgentSdkError, sleep } from "@agent-sdk/core";
import type { BackgroundTasks } from "../background.ts";
import type { Committer } from "../commit/committer.ts";
import type { OwnedRows } from "../driver/context.ts";
import { DriverContext } from "../driver/context.ts";
import { SessionDriver } from "../driver/session-driver.ts";
import type { PoolEnv, PoolOptions } from "../env.ts";
import type { Heartbeat } from "./heartbeat.ts";

export interface OwnershipEvents {
  onDeleted(sessionId: string): void;
  /** The store holds its events up to `seq`. */
  onAppended(sessionId: string, seq: number): void;
}

/** How long a session whose driver failed is left alone. */
const afterFailureMs = 1000;
/** After so many failures in a row the running prompt is given up, and its sandbox with it. */
const maxFailures = 5;
/** How long a session that could not be taken is left alone at most; the first time it is a second, then twice as long each time. */
const maxRefusedMs = 60_000;

interface Refused {
  readonly until: number;
  readonly delayMs: number;
}

/** The sessions that this replica drives. */
export class Ownership {
  readonly #env: PoolEnv;
  readonly #options: PoolOptions;
  readonly #committer: Committer;
  readonly #heartbeat: Heartbeat;
  readonly #background: BackgroundTasks;
  readonly #events: OwnershipEvents;
  readonly #drivers = new Map<string, SessionDriver>();
  readonly #acquiring = new Map<string, Promise<SessionDriver | null>>();
  /** How often in a row a session's driver failed here. */
  readonly #failures = new Map<string, number>();
  /** Sessions that the store would not give: their rows cannot be read, for instance. */
  readonly #refused = new Map<string, Refused>();
  #closed = false;

  constructor(env: PoolEnv, options: PoolOptions, committer: Committer, heartbeat: Heartbeat, background: BackgroundTasks, events: OwnershipEvents) {
    this.#env = env;
    this.#options = options;
    this.#committer = committer;
    this.#heartbeat = heartbeat;
    this.#background = background;
    this.#events = events;
  }

  get size(): number {
    return this.#drivers.size;
  }

  drivers(): Iterable<SessionDriver> {
    return this.#drivers.values();
  }

  get(sessionId: string): SessionDriver | null {
    return this.#drivers.get(sessionId) ?? null;
  }

  /** @throws AgentSdkError `draining` once this replica takes nothing on any more. */
  assertOpen(): void {
    if (this.#closed) throw new AgentSdkError("draining", "The server is shutting down.");
  }

  /**
   * Makes whoever owns the session look at it: a driver here, or another replica by a wake-up, or this one by taking it.
   * @returns the driver, when it is here.
   */
  async attend(sessionId: string): Promise<SessionDriver | null> {
    const driver = this.#drivers.get(sessionId) ?? (await this.#acquire(sessionId));
    if (driver) driver.poke();
    else this.#env.notifications.publish({ kind: "work", sessionIds: [sessionId] });
    return driver;
  }

  /** The same, without waiting for it. */
  attendSoon(sessionId: string): void {
    const driver = this.#drivers.get(sessionId);
    if (driver) driver.poke();
    else this.#background.run("attend", async () => void (await this.attend(sessionId)));
  }

  /** The driver here, taking the session where nobody has it; null where another replica drives. There is nothing new for it to look at. */
  async driverOf(sessionId: string): Promise<SessionDriver | null> {
    return this.#drivers.get(sessionId) ?? this.attend(sessionId);
  }

  /** What others ask for: only what is driven here is looked at. */
  poke(sessionId: string): void {
    this.#drivers.get(sessionId)?.poke();
  }

  #acquire(sessionId: string): Promise<SessionDriver | null> {
    const running = this.#acquiring.get(sessionId);
    if (running) return running;
    const acquiring = this.#tryAcquire(sessionId).finally(() => this.#acquiring.delete(sessionId));
    this.#acquiring.set(sessionId, acquiring);
    return acquiring;
  }

  async #tryAcquire(sessionId: string): Promise<SessionDriver | null> {
    if (this.#closed || this.#drivers.size >= this.#options.maxSessions) return null;
    const acquired = await this.#env.store.leases.acquire(sessionId, this.#heartbeat.replicaId);
    if (acquired.outcome !== "acquired") return null;
    const agent = await this.#env.store.agents.get(acquired.session.agentId);
    if (!agent) throw new AgentSdkError("internal", "The session's agent is gone.");
    const limits = await this.#env.store.sessions.limits(sessionId);
    if (this.#closed || !limits) return null;
    return this.#drive({ session: acquired.session, agent, limits });
  }

  #drive(rows: OwnedRows): SessionDriver {
    const { session } = rows;
    const context = new DriverContext(this.#env, this.#options, this.#committer, rows, (seq) => this.#events.onAppended(session.id, seq));
    const failures = this.#failures.get(session.id) ?? 0;
    const driver = new SessionDriver(context, () => this.#events.onDeleted(session.id), { giveUp: failures >= maxFailures });
    this.#drivers.set(session.id, driver);
    this.#background.run("drive", async () => {
      await driver.run();
      // Whatever made it fail is likely to be there still: not again at once.
      if (driver.failed) this.#failures.set(session.id, failures + 1);
      else this.#failures.delete(session.id);
      if (driver.failed && !this.#closed) await sleep(this.#env, afterFailureMs);
      if (this.#drivers.get(session.id) === driver) this.#drivers.delete(session.id);
      await this.#release(session.id, context.generation);
    });
    return driver;
  }

  /** Gives the lease back. What came in the meantime is found here, or by whoever looks next. */
  async #release(sessionId: string, generation: number): Promise<void> {
    if (this.#closed) return;
    try {
      const released = await this.#env.store.leases.release(sessionId, generation);
      const unowned = released === "released" ? await this.#env.store.prompts.list(sessionId, { states: ["queued"], limit: 1 }) : [];
      if (unowned.length > 0) this.attendSoon(sessionId);
    } catch (error) {
      this.#env.log.warn({ session_id: sessionId, error: describeError(error) }, "a lease could not be given back; it runs out");
    }
  }

  /** Takes up sessions that need an owner and have none, and looks at those here whose wake-up got lost. */
  async scan(): Promise<void> {
    const { sessions } = this.#env.store;
    for (const { sessionId, hasWork } of await sessions.findOwned(this.#heartbeat.replicaId, { limit: 2 * this.#options.maxSessions })) {
      // Owned by a row only: the answer to an acquisition was lost, or a driver ended without giving its lease back.
      if (!this.#drivers.has(sessionId)) await this.#take(sessionId);
      else if (hasWork) this.poke(sessionId);
    }
    const room = this.#options.maxSessions - this.#drivers.size;
    if (room > 0) {
      for (const id of await sessions.findUnowned(Math.min(room, 100))) await this.#take(id);
    }
  }

  /** One session that cannot be taken keeps no other from being taken, and is not asked for again at once. */
  async #take(sessionId: string): Promise<void> {
    // While this replica's own heartbeat is over, what it drives looks unowned, too.
    if (this.#drivers.has(sessionId)) return;
    const now = this.#env.clock.monotonic();
    const refused = this.#refused.get(sessionId);
    if (refused && refused.until > now) return;
    try {
      await this.#acquire(sessionId);
      this.#refused.delete(sessionId);
    } catch (error) {
      // Then none can be taken.
      if (isAgentSdkError(error, "unavailable") || isAgentSdkError(error, "unknown_outcome")) throw error;
      const delayMs = refused ? Math.min(refused.delayMs * 2, maxRefusedMs) : afterFailureMs;
      if (this.#refused.size >= this.#options.maxSessions) this.#refused.clear();
      this.#refused.set(sessionId, { until: now + delayMs, delayMs });
      this.#env.log.error({ session_id: sessionId, error: describeError(error), retry_ms: delayMs }, "a session cannot be taken up");
    }
  }

  /** Others own what was ours: stop at once, without a word to the store. */
  dropAll(reason: AgentSdkError): void {
    for (const driver of this.#drivers.values()) driver.context.closing.abort(reason);
  }

  /** Ends all ownerships. Agents go on in their sandboxes. */
  async close(reason: AgentSdkError): Promise<void> {
    this.#closed = true;
    await Promise.allSettled(this.#acquiring.values());
    await Promise.all([...this.#drivers.values()].map((driver) => driver.close(reason)));
  }
}
