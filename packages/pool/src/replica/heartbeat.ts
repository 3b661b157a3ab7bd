import { AgentSdkError, describeError, sleep } from "@agent-sdk/core";
import type { PoolEnv, PoolOptions } from "../env.ts";

type Needs = Pick<PoolEnv, "clock" | "log" | "random" | "store" | "timers">;

/**
 * This process's entry among the replicas. Renewing has three outcomes: renewed; superseded, then everything it owned is lost and it goes on under a new id; and
 * unknown, when the store does not answer, which is no reason to let go of anything: every write is fenced anyway.
 */
export class Heartbeat {
  readonly #env: Needs;
  readonly #options: PoolOptions;
  readonly #onSuperseded: () => void;
  readonly #stopping = new AbortController();
  #replicaId: string;
  #beating: Promise<void> | null = null;
  #alone = false;

  constructor(env: Needs, options: PoolOptions, onSuperseded: () => void) {
    this.#env = env;
    this.#options = options;
    this.#onSuperseded = onSuperseded;
    this.#replicaId = env.random.uuid();
  }

  get replicaId(): string {
    return this.#replicaId;
  }

  /** Whether no other replica was alive at the last beat: then nobody needs to be told of new events. One that joins polls until the next beat. */
  get alone(): boolean {
    return this.#alone;
  }

  async start(): Promise<void> {
    const { leases } = this.#env.store;
    if (this.#options.soleReplica) {
      for (const replica of await leases.listReplicas()) await leases.retireReplica(replica.replicaId);
    }
    await this.#register();
    await this.#lookAround();
    this.#beating = this.#beat();
  }

  async #register(): Promise<void> {
    const { leaseTtlMs: ttlMs, replicaUrl: url } = this.#options;
    await this.#env.store.leases.registerReplica({ replicaId: this.#replicaId, url, ttlMs });
  }

  async #beat(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        await sleep(this.#env, this.#options.heartbeatMs, { signal });
        if ((await this.#env.store.leases.renewReplica(this.#replicaId, this.#options.leaseTtlMs)) === "superseded") await this.#rejoin();
        await this.#lookAround();
      } catch (error) {
        if (!signal.aborted) this.#env.log.warn({ replica_id: this.#replicaId, error: describeError(error) }, "the heartbeat was not answered");
      }
    }
  }

  async #lookAround(): Promise<void> {
    const replicas = this.#options.soleReplica ? [] : await this.#env.store.leases.listReplicas();
    this.#alone = !replicas.some((replica) => replica.alive && replica.replicaId !== this.#replicaId);
  }

  async #rejoin(): Promise<void> {
    this.#env.log.warn({ replica_id: this.#replicaId }, "this replica was given up by the others; it goes on under a new id");
    this.#onSuperseded();
    this.#replicaId = this.#env.random.uuid();
    await this.#register();
  }

  /** Stops and lets others take over at once. Never throws: a lease that is not given back runs out. */
  async stop(): Promise<void> {
    this.#stopping.abort(new AgentSdkError("draining", "The server is shutting down."));
    await this.#beating;
    await this.#env.store.leases.retireReplica(this.#replicaId).catch((error: unknown) => {
      this.#env.log.warn({ replica_id: this.#replicaId, error: describeError(error) }, "the leases could not be given back; they run out");
    });
  }
}
