import type { Buffer } from "node:buffer";
import type { AgentLaunch, AgentRunStatus, JsonObject, JsonRpcId, RuntimeEnv, SupervisorHealth, Timer } from "@agent-sdk/core";
import { AgentSdkError, classifyMessage } from "@agent-sdk/core";
import type { AgentLauncher } from "./agent-process.ts";
import { AcpEndpoint } from "./acp-endpoint.ts";
import { AgentRun } from "./agent-run.ts";
import { Fence } from "./fence.ts";
import type { StateStorage } from "./storage.ts";

/** Ended runs beyond this many are forgotten with their journals, the oldest first. */
const maxEndedRuns = 32;
const noteDescendantsMs = 2_000;

export interface SupervisorOptions {
  readonly env: RuntimeEnv;
  readonly launcher: AgentLauncher;
  readonly storage: StateStorage;
  readonly journalBytes: number;
  readonly version: string;
  readonly instanceId: string;
}

/** The runs of one sandbox and who may command them. */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #runs = new Map<string, AgentRun>();
  readonly #endpoints = new WeakMap<AgentRun, AcpEndpoint>();
  readonly #fence: Fence;
  #watch: Timer | null = null;
  #stopping = false;

  private constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#fence = new Fence(options.storage);
  }

  /** Reads the state directory; runs that were alive under an earlier supervisor are ended first. */
  static async open(options: SupervisorOptions): Promise<Supervisor> {
    const supervisor = new Supervisor(options);
    const found = options.storage.runIds().flatMap((runId) => {
      const record = options.storage.run(runId).readRecord();
      return record ? [record] : [];
    });
    for (const record of found.toSorted((a, b) => a.startedAt - b.startedAt)) {
      supervisor.#runs.set(record.runId, await AgentRun.recover(record, supervisor.#runOptions(record.runId)));
    }
    return supervisor;
  }

  health(): SupervisorHealth {
    const { version, instanceId } = this.#options;
    return { version, instanceId, generation: this.#fence.generation, runs: [...this.#runs.values()].map((run) => run.status()) };
  }

  fence(generation: number): SupervisorHealth {
    this.#fence.enter(generation);
    return this.health();
  }

  /** @throws AgentSdkError `not_found`. */
  run(runId: string): AgentRun {
    const run = this.#runs.get(runId);
    if (!run) throw new AgentSdkError("not_found", `There is no run ${runId}.`);
    return run;
  }

  /** A run as ACP clients see it. @throws AgentSdkError `not_found`. */
  endpoint(runId: string): AcpEndpoint {
    const run = this.run(runId);
    const endpoint = this.#endpoints.get(run) ?? new AcpEndpoint(run, this.#options.env);
    this.#endpoints.set(run, endpoint);
    return endpoint;
  }

  startAgent(runId: string, launch: AgentLaunch, generation: number): AgentRunStatus {
    this.#fence.enter(generation);
    const existing = this.#runs.get(runId);
    if (existing) return existing.status();
    if (this.#stopping) throw new AgentSdkError("draining", "The supervisor is stopping.");
    this.#forgetOldRuns();
    const { env, storage } = this.#options;
    const record = {
      runId,
      marker: `${this.#options.instanceId}.${env.random.token(16)}`,
      overflow: launch.overflow ?? "drop_oldest",
      startedAt: env.clock.now(),
      exit: null,
    };
    storage.run(runId).writeRecord(record);
    const run = new AgentRun(record, this.#runOptions(runId));
    this.#runs.set(runId, run);
    // Made before the start, so that it hears the answer to an `initialize` given by the control route too.
    this.endpoint(runId);
    run.start(launch);
    this.#watchDescendants();
    return run.status();
  }

  async stopAgent(runId: string, generation: number, graceMs: number | undefined): Promise<AgentRunStatus> {
    this.#fence.enter(generation);
    const run = this.run(runId);
    await run.stop(graceMs);
    return run.status();
  }

  /** `line` is the message's bytes with a newline, `message` the same parsed. */
  send(runId: string, line: Buffer, message: JsonObject, generation: number, commandId: string | undefined): { duplicate: boolean } {
    this.#fence.enter(generation);
    const run = this.run(runId);
    return { duplicate: run.once(commandId, () => sendOne(run, line, message)) };
  }

  acknowledge(runId: string, position: number, generation: number): void {
    this.#fence.enter(generation);
    this.run(runId).journal.acknowledge(position);
  }

  /** Ends every agent. Resolves when no process of any run is alive. */
  async stopAll(graceMs: number): Promise<void> {
    this.#stopping = true;
    this.#watch?.cancel();
    await Promise.all([...this.#runs.values()].map((run) => run.stop(graceMs)));
    for (const run of this.#runs.values()) run.dispose();
  }

  #runOptions(runId: string): ConstructorParameters<typeof AgentRun>[1] {
    const { env, launcher, storage, journalBytes } = this.#options;
    return { env, launcher, storage: storage.run(runId), journalBytes };
  }

  #forgetOldRuns(): void {
    const ended = [...this.#runs.values()].filter((run) => run.journal.isEnded);
    for (const run of ended.slice(0, Math.max(0, ended.length - maxEndedRuns + 1))) {
      run.dispose();
      this.#options.storage.run(run.runId).remove();
      this.#runs.delete(run.runId);
    }
  }

  /** While an agent lives its descendants are noted, so that one which leaves the tree and hides its environment is still found at the end. */
  #watchDescendants(): void {
    this.#watch ??= this.#options.env.timers.set(
      noteDescendantsMs,
      () => {
        this.#watch = null;
        const alive = [...this.#runs.values()].filter((run) => run.state !== "exited");
        for (const run of alive) run.noteDescendants();
        if (alive.length > 0 && !this.#stopping) this.#watchDescendants();
      },
      { background: true },
    );
  }
}

/** @returns whether it was answered already. */
function sendOne(run: AgentRun, line: Buffer, message: JsonObject): boolean {
  const id = message["id"] as JsonRpcId;
  const kind = classifyMessage(message);
  if (kind === "invalid") throw new AgentSdkError("bad_request", "The message is not a JSON-RPC request, notification or response.");
  if (kind === "response") return !run.answer(line, id);
  if (kind === "request") run.request(line, id, message["method"] as string);
  else run.notify(line);
  return false;
}
