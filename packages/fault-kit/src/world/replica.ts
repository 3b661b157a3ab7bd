import { createCatalogue } from "@agent-sdk/agents";
import type { SupervisorTransport, Store, SandboxProvider } from "@agent-sdk/core";
import { SessionPool, type PoolOptions } from "@agent-sdk/pool";
import { SimProcess } from "../kernel/sim-process.ts";
import { Partition } from "./partition.ts";
import { simProvider } from "./sim-backend.ts";
import { simStore } from "./sim-store.ts";
import { simSupervisors } from "./sim-supervisors.ts";
import type { World } from "./world.ts";

/** What a pool is given, before it is given it: where a planted bug sits. */
export interface PoolParts {
  readonly store: Store;
  readonly supervisors: SupervisorTransport;
  readonly provider: SandboxProvider;
}

/** Changes what a pool is given. */
export type Tamper = (parts: PoolParts, world: World) => PoolParts;

/** Short times, so that much happens in a run: all in milliseconds of virtual time. */
export const simPoolOptions: Partial<PoolOptions> = {
  origin: "sim",
  leaseTtlMs: 3000,
  heartbeatMs: 750,
  scanMs: 500,
  reaperIdleMs: 4000,
  reaperIntervalMs: 1500,
  cancelGraceMs: 2000,
  unreachableMs: 2500,
  agentStartMs: 10_000,
  sweepIntervalMs: 4000,
  sweepGraceMs: 8000,
};

/** One server of the run: the real pool in one incarnation of a process. */
export class Replica {
  readonly process: SimProcess;
  readonly pool: SessionPool;
  readonly database: Partition;
  readonly sandboxes: Partition;

  constructor(name: string, world: World, tamper: Tamper | undefined) {
    const { scheduler, choices, network } = world;
    const process = new SimProcess(name, { scheduler, choices, log: world.logOf(name) });
    this.process = process;
    this.database = new Partition(scheduler);
    this.sandboxes = new Partition(scheduler);
    const untouched: PoolParts = {
      store: simStore(world.database, { process, network, observe: world.observerOf(name), isReachable: this.database.isReachable }),
      provider: simProvider(world.backend, process, network),
      supervisors: simSupervisors({ process, network, partition: this.sandboxes, find: world.findByEndpoint, onAcknowledge: world.onAcknowledge, onFence: world.onFence }),
    };
    const { store, provider, supervisors } = tamper ? tamper(untouched, world) : untouched;
    this.pool = new SessionPool(
      {
        ...process.env,
        store,
        supervisors,
        notifications: world.notifications.connect(process),
        providers: new Map([[provider.name, provider]]),
        catalogue: createCatalogue({ runtimeDirectory: "/runtime", env: process.env }),
      },
      simPoolOptions,
    );
  }
}
