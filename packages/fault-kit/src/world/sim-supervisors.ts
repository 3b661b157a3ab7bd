import { Buffer } from "node:buffer";
import type { FileOperations, JournalRecord, JsonObject, SupervisorClient, SupervisorEndpoint, SupervisorTransport } from "@agent-sdk/core";
import { AgentSdkError } from "@agent-sdk/core";
import { JournalReader, type ByteSink, type Supervisor } from "@agent-sdk/supervisor/core";
import type { CallOptions, CallProfile, Network } from "../kernel/network.ts";
import { unreachable } from "../kernel/network.ts";
import type { SimProcess } from "../kernel/sim-process.ts";
import type { Partition } from "./partition.ts";
import type { SimSandbox } from "./sim-sandbox.ts";

export interface SimSupervisorsOptions {
  readonly process: SimProcess;
  readonly network: Network;
  readonly find: (endpoint: SupervisorEndpoint) => SimSandbox | undefined;
  readonly partition: Partition;
  /** Hears of each command as it is applied. */
  readonly onAcknowledge: (sandbox: SimSandbox, runId: string, position: number) => void;
  readonly onFence: (sandbox: SimSandbox, generation: number) => void;
}

const journalLatencyMs = 1;
/** How long a stream may be silent before its reader takes it for broken. */
const silenceMs = 2000;

/** A process's connections to the supervisors of the run. */
export function simSupervisors(options: SimSupervisorsOptions): SupervisorTransport {
  return { connect: (endpoint) => new SimSupervisorClient(endpoint, options) };
}

class SimSupervisorClient implements SupervisorClient {
  readonly #endpoint: SupervisorEndpoint;
  readonly #options: SimSupervisorsOptions;

  constructor(endpoint: SupervisorEndpoint, options: SimSupervisorsOptions) {
    this.#endpoint = endpoint;
    this.#options = options;
  }

  get files(): FileOperations {
    throw new AgentSdkError("not_supported", "There are no files here.");
  }

  #call<T>(place: string, apply: (supervisor: Supervisor, sandbox: SimSandbox) => T | Promise<T>, options: CallOptions & { readonly timeoutMs?: number | undefined } = {}): Promise<T> {
    const error = (): AgentSdkError => unreachable("The supervisor");
    const profile: CallProfile = { notSent: error, replyLost: error, timeoutMs: options.timeoutMs ?? 2000, latencyMs: 1, mayArriveLate: true, isReachable: this.#options.partition.isReachable };
    return this.#options.network.call(this.#options.process, `supervisor.${place}`, profile, async () => {
      const { sandbox, supervisor } = this.#reach();
      return apply(supervisor, sandbox);
    }, options);
  }

  #reach(): { readonly sandbox: SimSandbox; readonly supervisor: Supervisor } {
    const sandbox = this.#options.find(this.#endpoint);
    if (!sandbox?.supervisor) throw unreachable("The supervisor");
    if (sandbox.token !== this.#endpoint.token) throw new AgentSdkError("unauthenticated", "The token is wrong.");
    return { sandbox, supervisor: sandbox.supervisor };
  }

  health(options: Parameters<SupervisorClient["health"]>[0] = {}): ReturnType<SupervisorClient["health"]> {
    return this.#call("health", (supervisor) => supervisor.health(), options);
  }

  fence(options: Parameters<SupervisorClient["fence"]>[0]): ReturnType<SupervisorClient["fence"]> {
    return this.#call("fence", (supervisor, sandbox) => {
      const health = supervisor.fence(options.generation);
      this.#options.onFence(sandbox, options.generation);
      return health;
    }, options);
  }

  startAgent(...[runId, launch, options]: Parameters<SupervisorClient["startAgent"]>): ReturnType<SupervisorClient["startAgent"]> {
    return this.#call("startAgent", (supervisor) => supervisor.startAgent(runId, launch, options.generation), options);
  }

  stopAgent(...[runId, options]: Parameters<SupervisorClient["stopAgent"]>): ReturnType<SupervisorClient["stopAgent"]> {
    return this.#call("stopAgent", (supervisor) => supervisor.stopAgent(runId, options.generation, options.graceMs), options);
  }

  agentStatus(...[runId, options]: Parameters<SupervisorClient["agentStatus"]>): ReturnType<SupervisorClient["agentStatus"]> {
    return this.#call("agentStatus", (supervisor) => supervisor.run(runId).status(), options);
  }

  send(...[runId, message, options]: Parameters<SupervisorClient["send"]>): ReturnType<SupervisorClient["send"]> {
    const line = Buffer.from(`${JSON.stringify(message)}\n`);
    const parsed = JSON.parse(line.toString("utf8")) as JsonObject;
    return this.#call("send", (supervisor) => supervisor.send(runId, line, parsed, options.generation, options.commandId), options);
  }

  acknowledge(...[runId, position, options]: Parameters<SupervisorClient["acknowledge"]>): ReturnType<SupervisorClient["acknowledge"]> {
    return this.#call("acknowledge", (supervisor, sandbox) => {
      supervisor.acknowledge(runId, position, options.generation);
      this.#options.onAcknowledge(sandbox, runId, position);
    }, options);
  }

  exec(): ReturnType<SupervisorClient["exec"]> {
    return this.#call("exec", () => ({ stdout: "", stderr: "", exitCode: 0, signal: null, stdoutTruncated: false, stderrTruncated: false, timedOut: false }));
  }

  async *journal(...[runId, options]: Parameters<SupervisorClient["journal"]>): ReturnType<SupervisorClient["journal"]> {
    const stream = new RecordStream(this.#options, options.after);
    await this.#call("journal", (supervisor, sandbox) => {
      const { journal } = supervisor.run(runId);
      const reader = new JournalReader(journal, journal.cursor(options.after), stream);
      stream.opened(sandbox, () => reader.close());
    }, options);
    yield* stream.batches(options.signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

/** The records of one open journal stream, from the sandbox to the process that reads it. */
class RecordStream implements ByteSink {
  readonly #options: SimSupervisorsOptions;
  #queue: JournalRecord[] = [];
  #position: number;
  #rest = "";
  #error: unknown = null;
  #ended = false;
  #wake: (() => void) | null = null;
  #close: () => void = () => undefined;

  constructor(options: SimSupervisorsOptions, after: number) {
    this.#options = options;
    this.#position = after;
  }

  opened(sandbox: SimSandbox, close: () => void): void {
    const forget = sandbox.onDeath(() => this.fail(unreachable("The supervisor")));
    const forgetCut = this.#options.partition.onCut(() => this.#arrive(() => undefined));
    this.#close = () => {
      forget();
      forgetCut();
      close();
    };
    this.#options.process.onCrash(() => this.#close());
  }

  write(bytes: Buffer): boolean {
    const copy = bytes.toString("utf8");
    this.#arrive(() => this.#take(copy));
    return true;
  }

  end(): void {
    this.#arrive(() => {
      this.#ended = true;
    });
  }

  fail(error: unknown): void {
    this.#arrive(() => {
      this.#error = error;
    });
  }

  /** A stream through a network that is cut brings nothing any more: its reader notices the silence. */
  #arrive(deliver: () => void): void {
    const isCut = !this.#options.partition.isReachable();
    this.#options.process.after(isCut ? silenceMs : journalLatencyMs, () => {
      if (isCut) this.#error ??= unreachable("The supervisor");
      else if (this.#error === null) deliver();
      this.#wake?.();
    });
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const message of lines) this.#queue.push({ position: (this.#position += 1), message });
  }

  async *batches(signal: AbortSignal | undefined): AsyncIterable<readonly JournalRecord[]> {
    const onAbort = (): void => this.#wake?.();
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      for (;;) {
        signal?.throwIfAborted();
        const batch = this.#queue;
        this.#queue = [];
        if (batch.length > 0) yield batch;
        else if (this.#error !== null) throw this.#error;
        else if (this.#ended) return;
        else await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } finally {
      signal?.removeEventListener("abort", onAbort);
      this.#close();
    }
  }
}
