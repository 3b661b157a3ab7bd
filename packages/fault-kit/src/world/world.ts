import type { Logger, SupervisorEndpoint } from "@agent-sdk/core";
import { AgentSdkError, silentLogger } from "@agent-sdk/core";
import { memoryStore, type MemoryStore } from "@agent-sdk/core/testing";
import { Ledger } from "../invariants/ledger.ts";
import { Choices, type ChoicesOptions } from "../kernel/choices.ts";
import { Network } from "../kernel/network.ts";
import { Scheduler } from "../kernel/scheduler.ts";
import { epoch, seededRandom } from "../kernel/sim-process.ts";
import { Sometimes, Violations } from "../kernel/violations.ts";
import { Replica, type Tamper } from "./replica.ts";
import type { Backend } from "./sim-backend.ts";
import { NotificationBus } from "./sim-notifications.ts";
import { SimSandbox } from "./sim-sandbox.ts";
import type { StoreObserver } from "./sim-store.ts";

export interface WorldOptions extends ChoicesOptions {
  readonly replicas: number;
  readonly maxCrashes: number;
  readonly maxPauses: number;
  readonly tamper?: Tamper | undefined;
  readonly sometimes?: Sometimes | undefined;
  /** Hears of every log line of every replica. */
  readonly trace?: ((line: string) => void) | undefined;
}

/** Everything of one run that survives its servers, and the servers. */
export class World {
  readonly scheduler: Scheduler = new Scheduler();
  readonly choices: Choices;
  readonly violations: Violations;
  readonly sometimes: Sometimes;
  readonly network: Network;
  readonly database: MemoryStore;
  readonly ledger: Ledger;
  readonly notifications: NotificationBus;
  readonly backend: Backend;
  readonly slots: (Replica | null)[];
  readonly #options: WorldOptions;
  readonly #incarnations: number[];
  #sandboxCount = 0;

  constructor(options: WorldOptions) {
    this.#options = options;
    this.choices = new Choices(options);
    this.sometimes = options.sometimes ?? new Sometimes();
    this.violations = new Violations(() => this.scheduler.now);
    this.ledger = new Ledger(this.violations);
    this.network = new Network({ ...options, scheduler: this.scheduler, choices: this.choices, sometimes: this.sometimes });
    const clock = { now: () => epoch + this.scheduler.now, monotonic: () => this.scheduler.now };
    this.database = memoryStore({ clock, random: seededRandom(this.choices, "database") });
    this.notifications = new NotificationBus(this.choices);
    this.backend = this.#makeBackend();
    this.slots = Array.from({ length: options.replicas }, () => null);
    this.#incarnations = this.slots.map(() => 0);
  }

  /** A place for a replica's log; nothing is formatted when nobody traces. */
  logOf(name: string): Logger {
    const { trace } = this.#options;
    if (!trace) return silentLogger;
    const write = (level: string) => (fields: object, message: string): void => trace(`${this.scheduler.now.toFixed(1).padStart(9)} ${name} ${level} ${message} ${JSON.stringify(fields)}`);
    return { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") };
  }

  /** Notes what a replica's calls do to the database, and shows the writes where somebody traces. */
  observerOf(name: string): StoreObserver {
    const { trace } = this.#options;
    if (!trace) return this.ledger.observe;
    const quiet = /^(find|get|head|list|count|read|lastSeqs|renew)/;
    return (call) => {
      if (!quiet.test(call.method)) trace(`${this.scheduler.now.toFixed(1).padStart(9)} ${name} store ${call.part}.${call.method} ${JSON.stringify(call.args)} → ${JSON.stringify(call.result)}`);
      this.ledger.observe(call);
    };
  }

  /** Starts a replica in a slot that has none, as a supervisor of services would. */
  startReplica(slot: number): Replica {
    const incarnation = (this.#incarnations[slot] = (this.#incarnations[slot] ?? 0) + 1);
    const replica = new Replica(`replica${slot}.${incarnation}`, this, this.#options.tamper);
    this.slots[slot] = replica;
    replica.process.onCrash(() => {
      this.slots[slot] = null;
      this.scheduler.after(200 + this.choices.number(`restart/${slot}/${incarnation}`) * 4000, () => this.startReplica(slot));
    });
    replica.pool.start().catch(() => replica.process.crash());
    return replica;
  }

  get alive(): readonly Replica[] {
    return this.slots.filter((replica) => replica !== null);
  }

  readonly findByEndpoint = (endpoint: SupervisorEndpoint): SimSandbox | undefined =>
    [...this.backend.sandboxes.values()].find((sandbox) => endpoint.url === `http://${sandbox.ref}.test`);

  readonly onAcknowledge = (sandbox: SimSandbox, runId: string, position: number): void => {
    const committed = this.ledger.notes(sandbox.labels.sessionId).journal.get(runId) ?? 0;
    this.violations.check(position <= committed, "6 a journal is acknowledged no further than it is committed", () => `${runId}: ${position} of ${committed}`);
  };

  readonly onFence = (sandbox: SimSandbox, generation: number): void => {
    const known = this.ledger.notes(sandbox.labels.sessionId).generation;
    this.violations.check(generation <= known, "12 a supervisor's generation is no higher than the store's", () => `${generation} of ${known}`);
  };

  #makeBackend(): Backend {
    const sandboxes = new Map<string, SimSandbox>();
    const homes = new Map<string, Map<string, { readonly prompts: string[] }>>();
    return {
      sandboxes,
      homes,
      make: (spec) => {
        this.#sandboxCount += 1;
        this.violations.check(this.ledger.intents.has(spec.labels.sandboxId), "13 nothing is created without a durable intent", () => spec.labels.sandboxId);
        const path = `${spec.home.volumeRef}/${spec.home.subpath}`;
        const home = homes.get(path) ?? new Map<string, { readonly prompts: string[] }>();
        homes.set(path, home);
        const { scheduler, choices } = this;
        const ref = `sandbox${this.#sandboxCount}`;
        const sandbox = new SimSandbox({ ref, labels: spec.labels, token: spec.supervisorToken, home, scheduler, choices, log: silentLogger, witness: this.ledger, canResume: choices.number(`can resume/${path}`) < 0.5 });
        sandboxes.set(ref, sandbox);
        this.#mayDie(sandbox);
        return sandbox;
      },
      beforeDestroy: (sandbox) => {
        const row = this.ledger.notes(sandbox.labels.sessionId);
        const isBound = !row.deleted && row.sandbox?.phase === "running" && row.sandbox.sandboxId === sandbox.labels.sandboxId;
        this.violations.check(!isBound, "16 a sandbox that a session is bound to is never destroyed", () => `${sandbox.ref} of ${sandbox.labels.sessionId}`);
      },
      failure: (step, spec) => {
        const key = this.choices.keyFor(`provider/${step}/${spec.labels.sessionId}`);
        if (this.choices.fault("provider_fails", key, 0.05) === null) return null;
        this.sometimes.add(`provider fails: ${step}`);
        return new AgentSdkError("provider_failed", "The backend failed.");
      },
    };
  }

  /** Some sandboxes are lost under their sessions: killed, or deleted from outside. */
  #mayDie(sandbox: SimSandbox): void {
    const death = this.choices.fault("sandbox_dies", sandbox.ref, 0.15);
    if (death === null) return;
    this.scheduler.after(death * 8000, () => {
      if (this.choices.isOver) return;
      this.sometimes.add("sandbox dies");
      sandbox.die();
      if (death < 0.5) this.backend.sandboxes.delete(sandbox.ref);
    });
  }
}
