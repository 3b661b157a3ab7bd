import type { Logger, RuntimeEnv, SandboxLabels, SandboxStatus } from "@agent-sdk/core";
import { Supervisor, type AgentLauncher } from "@agent-sdk/supervisor/core";
import type { Choices } from "../kernel/choices.ts";
import type { Scheduler } from "../kernel/scheduler.ts";
import { epoch, seededRandom } from "../kernel/sim-process.ts";
import { memoryStorage } from "./memory-storage.ts";
import { SimAgent, type AgentHome, type AgentWitness } from "./sim-agent.ts";

export interface SimSandboxOptions {
  readonly ref: string;
  readonly labels: SandboxLabels;
  readonly token: string;
  readonly home: AgentHome;
  readonly scheduler: Scheduler;
  readonly choices: Choices;
  readonly log: Logger;
  readonly witness: AgentWitness;
  readonly canResume: boolean;
}

const journalBytes = 1024 * 1024;

/** One sandbox of the simulated backend: the real supervisor's core, with simulated agents. It survives every crash of a server. */
export class SimSandbox {
  readonly ref: string;
  readonly labels: SandboxLabels;
  readonly token: string;
  readonly createdAt: number;
  readonly #options: SimSandboxOptions;
  readonly #agents = new Set<SimAgent>();
  readonly #onDeath = new Set<() => void>();
  #supervisor: Supervisor | null = null;
  #status: Extract<SandboxStatus, "missing" | "running" | "transitional"> = "transitional";
  #agentCount = 0;

  constructor(options: SimSandboxOptions) {
    this.ref = options.ref;
    this.labels = options.labels;
    this.token = options.token;
    this.createdAt = options.scheduler.now;
    this.#options = options;
  }

  get status(): SandboxStatus {
    return this.#status;
  }

  /** Null while it starts, and when it is gone. */
  get supervisor(): Supervisor | null {
    return this.#status === "running" ? this.#supervisor : null;
  }

  async start(): Promise<void> {
    const { scheduler, choices, log, ref } = this.#options;
    const env: RuntimeEnv = {
      clock: { now: () => epoch + scheduler.now, monotonic: () => scheduler.now },
      timers: { set: (milliseconds, callback) => scheduler.after(milliseconds, callback) },
      random: seededRandom(choices, `sandbox/${ref}`),
      log,
    };
    const supervisor = await Supervisor.open({ env, launcher: this.#launcher(), storage: memoryStorage(), journalBytes, version: "0.0.0", instanceId: ref });
    if (this.#status !== "transitional") return;
    this.#supervisor = supervisor;
    this.#status = "running";
  }

  /** Every process of it is gone, from one moment to the next. Idempotent. */
  die(): void {
    if (this.#status === "missing") return;
    this.#status = "missing";
    for (const agent of this.#agents) agent.die(null, "SIGKILL");
    for (const told of this.#onDeath) told();
    this.#onDeath.clear();
  }

  /** @returns a function that stops it. */
  onDeath(told: () => void): () => void {
    this.#onDeath.add(told);
    return () => this.#onDeath.delete(told);
  }

  #launcher(): AgentLauncher {
    return {
      start: (_launch, _marker, events) => {
        this.#agentCount += 1;
        const { home, scheduler, choices, witness, canResume, labels } = this.#options;
        const name = `${labels.sandboxId}/${this.#agentCount}`;
        const agent: SimAgent = new SimAgent({ name, home, scheduler, choices, witness, canResume, onEnd: () => this.#agents.delete(agent) }, events);
        this.#agents.add(agent);
        return agent;
      },
      killLeftovers: async () => undefined,
    };
  }
}
