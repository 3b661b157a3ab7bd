import type { Page, PageRequest } from "@agent-sdk/core";
import type { AdminService, OrphanReport, SessionOverview, SweepReport } from "../admin-service.ts";
import type { PoolEnv, PoolOptions } from "../env.ts";
import { findOrphans, sweepOrphans } from "../sweep/orphan-sweep.ts";

/** What concerns all tenants, from the rows and the providers. */
export class Admin implements AdminService {
  readonly #env: PoolEnv;
  readonly #options: PoolOptions;
  readonly #assertWorking: () => void;

  constructor(env: PoolEnv, options: PoolOptions, assertWorking: () => void) {
    this.#env = env;
    this.#options = options;
    this.#assertWorking = assertWorking;
  }

  async sessions({ limit, cursor, ...filter }: Parameters<AdminService["sessions"]>[0]): Promise<Page<SessionOverview>> {
    const { sessions, prompts, leases } = this.#env.store;
    const page: PageRequest = { limit, cursor };
    const { items, nextCursor } = await sessions.list(filter, page);
    const [counts, replicas] = await Promise.all([prompts.countEach(items.map(({ id }) => id)), leases.listReplicas()]);
    const urls = new Map(replicas.map(({ replicaId, url }) => [replicaId, url]));
    const overview = items.map((session): SessionOverview => {
      const { ownerAlive, ownerReplicaId } = session.head;
      const { queued, running } = counts.get(session.id) ?? { queued: 0, running: 0 };
      return { session, queued, running, ownerUrl: ownerAlive && ownerReplicaId !== null ? (urls.get(ownerReplicaId) ?? null) : null };
    });
    return { items: overview, nextCursor };
  }

  orphans(): Promise<OrphanReport> {
    return findOrphans(this.#env, this.#options);
  }

  sweepOrphans(): Promise<SweepReport> {
    return sweepOrphans(this.#env, this.#options);
  }

  async assertReady(): Promise<void> {
    this.#assertWorking();
    await this.#env.store.ping();
  }
}
