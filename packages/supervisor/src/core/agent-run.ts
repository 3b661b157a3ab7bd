import { Buffer } from "node:buffer";
import type { AgentLaunch, AgentRunStatus, JsonObject, JsonRpcId, RuntimeEnv, Timer } from "@agent-sdk/core";
import { AgentSdkError, describeError } from "@agent-sdk/core";
import { agentExitedMethod, maxMessageBytes } from "../wire.ts";
import type { AgentLauncher, AgentProcess } from "./agent-process.ts";
import { Journal } from "./journal.ts";
import { LineAssembler } from "./line-assembler.ts";
import { type OutboundBlock, routeBlock, withId } from "./outbound.ts";
import { type AgentRequest, IdMap, type PendingRequest, type RequestOwner } from "./requests.ts";
import { moveRun, type RunState } from "./run-state.ts";
import type { RunExit, RunRecord, RunStorage } from "./storage.ts";
import { CommandLog } from "./command-log.ts";

const defaultGraceMs = 2_000;
/** Input that an agent does not take is refused beyond this many bytes. */
const maxUnreadInput = 2 * maxMessageBytes;
const wedgedAfterMs = 3_000;
const finishPatienceMs = 1_000;
const storageRetryMs = 500;
/** Below this many free bytes new requests are refused, so that their answers can still be stored. */
const minFreeBytes = 256 * 1024;
const noOwner: RequestOwner = { connectionId: null, sessionId: null };

export interface AgentRunOptions {
  readonly env: RuntimeEnv;
  readonly launcher: AgentLauncher;
  readonly storage: RunStorage;
  readonly journalBytes: number;
}

/** One agent's process and its journal. Everything that the agent says goes through {@link AgentRun.#output} in order. */
export class AgentRun {
  readonly runId: string;
  readonly journal: Journal;
  readonly unanswered: IdMap<AgentRequest> = new IdMap();
  readonly #pending = new IdMap<PendingRequest>();
  /** The owners of answers by position, kept as long as the records. */
  readonly #answers = new Map<number, RequestOwner>();
  /** Hears of every answer as it goes to the journal. */
  onAnswer: ((request: PendingRequest, line: Buffer, failed: boolean) => void) | null = null;
  readonly #options: AgentRunOptions;
  readonly #commands = new CommandLog();
  readonly #lines = new LineAssembler(maxMessageBytes);
  #record: RunRecord;
  #state: RunState = "starting";
  #process: AgentProcess | null = null;
  #exit: RunExit | null = null;
  /** Blocks that the disk did not take yet. While there are any, no output is read. */
  #held: OutboundBlock[] = [];
  #storageError: string | null = null;
  #retry: Timer | null = null;
  #lastActivity: number;
  #inputBlockedSince: number | null = null;
  #nextId = 1;
  #gone: Promise<void> | null = null;
  readonly #finished: PromiseWithResolvers<void> = Promise.withResolvers();
  #stopping: Promise<void> | null = null;

  constructor(record: RunRecord, options: AgentRunOptions) {
    this.runId = record.runId;
    this.#record = record;
    this.#options = options;
    this.#lastActivity = options.env.clock.monotonic();
    this.journal = new Journal(options.storage, {
      maxBytes: options.journalBytes,
      overflow: record.overflow,
      onUnblocked: () => {
        if (this.#storageError === null) this.#process?.resumeOutput();
      },
    });
  }

  /** A run that an earlier supervisor left: its processes are ended, its journal is closed and can be read. */
  static async recover(record: RunRecord, options: AgentRunOptions): Promise<AgentRun> {
    const run = new AgentRun(record, options);
    run.#state = "exited";
    run.#exit = record.exit;
    if (record.exit === null) {
      await options.launcher.killLeftovers(record.marker);
      run.#exit = { exitCode: null, signal: null, stderrTail: [] };
      run.#finish("supervisor_restarted");
    } else run.journal.end();
    return run;
  }

  get state(): RunState {
    return this.#state;
  }

  start(launch: AgentLaunch): void {
    this.#process = this.#options.launcher.start(launch, this.#record.marker, {
      output: (chunk) => this.#output(chunk),
      exited: (exitCode, signal) => this.#exited(exitCode, signal),
      closed: () => this.#closed(),
    });
    if (this.#state === "starting") this.#state = moveRun(this.#state, "running");
  }

  status(): AgentRunStatus {
    const { clock } = this.#options.env;
    return {
      runId: this.runId,
      state: this.#state === "exited" ? "exited" : "running",
      pid: this.#state === "exited" ? null : (this.#process?.pid ?? null),
      exitCode: this.#exit?.exitCode ?? null,
      exitSignal: this.#exit?.signal ?? null,
      stderrTail: this.#exit?.stderrTail ?? this.#process?.stderrTail ?? [],
      wedged: this.#isWedged(),
      pendingRequests: this.#pending.size,
      lastPosition: this.journal.lastPosition,
      firstPosition: this.journal.firstPosition,
      idleMs: clock.monotonic() - this.#lastActivity,
    };
  }

  noteDescendants(): void {
    if (this.#state !== "exited") this.#process?.noteDescendants();
  }

  /**
   * Ends the process with all descendants. Idempotent; resolves when none is alive.
   * `graceMs` of the first call counts.
   */
  stop(graceMs: number = defaultGraceMs): Promise<void> {
    if (this.#state === "exited") return this.#gone ?? Promise.resolve();
    if (this.#state !== "stopping") this.#state = moveRun(this.#state, "stopping");
    this.#stopping ??= this.#stop(graceMs);
    return this.#stopping;
  }

  /** The connection that the answer at `position` belongs to. */
  ownerOfAnswer(position: number): RequestOwner | undefined {
    return this.#answers.get(position);
  }

  /** Writes a notification. */
  notify(line: Buffer): void {
    this.#write(line);
  }

  /** Writes a request; its answer comes back under `id`, whatever id the agent saw. */
  request(line: Buffer, id: JsonRpcId, method: string, owner: RequestOwner = noOwner): void {
    this.#assertStorable();
    const mustRename = owner.connectionId !== null || this.#pending.has(id);
    const agentId = mustRename ? `agent-sdk-${this.#nextId++}` : id;
    this.#write(mustRename ? withId(line, agentId) : line);
    this.#pending.set(agentId, { ...owner, originalId: id, agentId, method });
  }

  /** Writes the answer to a request of the agent. @returns false when it was answered already or never asked. */
  answer(line: Buffer, id: JsonRpcId): boolean {
    if (!this.unanswered.has(id)) return false;
    this.#write(line);
    this.unanswered.delete(id);
    return true;
  }

  /** Runs `command` unless `commandId` was obeyed before. A command that fails may be given again. @returns whether it was a duplicate. */
  once(commandId: string | undefined, command: () => boolean): boolean {
    if (commandId === undefined) return command();
    if (this.#commands.has(commandId)) return true;
    const isDuplicate = command();
    this.#commands.add(commandId);
    return isDuplicate;
  }

  /** The id under which the agent knows a request of a connection that it has not answered; undefined when there is none. */
  agentIdOf(connectionId: string, originalId: JsonRpcId): JsonRpcId | undefined {
    return this.#pending.values().find((request) => request.connectionId === connectionId && request.originalId === originalId)?.agentId;
  }

  /** Whether a request of this method waits for its answer. */
  isAsked(method: string): boolean {
    return this.#pending.values().some((request) => request.method === method);
  }

  async #stop(graceMs: number): Promise<void> {
    await this.#process?.kill(graceMs);
    await this.#gone;
    // The last output of a dead process is read in a moment, but for a disk that takes no more of it.
    const patience = this.#options.env.timers.set(finishPatienceMs, () => this.#finished.resolve());
    await this.#finished.promise;
    patience.cancel();
  }

  #write(line: Buffer): void {
    if (this.#state !== "running") throw new AgentSdkError("conflict", `The agent of run ${this.runId} is ${this.#state}.`, { details: { state: this.#state } });
    const process = this.#process!;
    if (process.unreadInput + line.length > maxUnreadInput) throw new AgentSdkError("unavailable", "The agent does not take its input.");
    process.write(line);
    this.#lastActivity = this.#options.env.clock.monotonic();
    this.#isWedged();
  }

  /** Also the place where time since the input stopped flowing is counted; called by status and by every write. */
  #isWedged(): boolean {
    const process = this.#process;
    if (!process || this.#state === "exited") return false;
    const now = this.#options.env.clock.monotonic();
    this.#inputBlockedSince = process.unreadInput === 0 ? null : (this.#inputBlockedSince ?? now);
    return process.isStopped() || (this.#inputBlockedSince !== null && now - this.#inputBlockedSince >= wedgedAfterMs);
  }

  #assertStorable(): void {
    const error = this.#storageError ?? (this.#options.storage.freeBytes() < minFreeBytes ? "no space left on device" : null);
    if (error === null) return;
    throw new AgentSdkError("sandbox_failed", `The sandbox's disk takes no more records (${error}); new requests are refused until it does.`, { retryable: true, details: { kind: "storage_full" } });
  }

  #output(chunk: Buffer): void {
    const block = this.#lines.push(chunk);
    if (block === null) return;
    if (block === "too_large") return this.#failTooLarge();
    this.#route(block);
  }

  #failTooLarge(): void {
    this.#process?.noteLine(`A message of the agent was longer than ${maxMessageBytes} bytes; the agent was ended.`);
    this.#process?.pauseOutput();
    this.stop(0).catch((error: unknown) => this.#options.env.log.error({ runId: this.runId, error: describeError(error) }, "The agent could not be ended."));
  }

  #route(block: Buffer): void {
    const firstPosition = this.#nextPosition();
    const routed = routeBlock(block, firstPosition, {
      pending: this.#pending,
      unanswered: this.unanswered,
      answered: (request, line, failed, position) => this.#answered(request, line, failed, position),
      rejectLine: (line) => this.#process?.noteLine(`[stdout] ${line.slice(0, 500)}`),
    });
    if (routed.count > 0) this.#append(routed);
  }

  #answered(request: PendingRequest, line: Buffer, failed: boolean, position: number): void {
    if (request.connectionId !== null) this.#answers.set(position, request);
    this.onAnswer?.(request, line, failed);
  }

  #nextPosition(): number {
    return this.journal.lastPosition + 1 + this.#held.reduce((sum, block) => sum + block.count, 0);
  }

  #append(block: OutboundBlock): void {
    this.#lastActivity = this.#options.env.clock.monotonic();
    this.#held.push(block);
    if (this.#held.length === 1) this.#flushHeld();
    if (this.journal.isBlocked && this.#exit === null) this.#process?.pauseOutput();
  }

  /** On a disk that takes nothing, output stays unread and this is tried again: nothing is lost and nobody is told anything that is not stored. */
  #flushHeld(): void {
    this.#retry = null;
    try {
      while (this.#held.length > 0) {
        const { bytes, count } = this.#held[0]!;
        this.journal.append(bytes, count);
        this.#held.shift();
      }
    } catch (error) {
      if (this.#storageError === null) this.#options.env.log.warn({ runId: this.runId, error: describeError(error) }, "A record could not be stored; it will be tried again.");
      this.#storageError = describeError(error);
      this.#process?.pauseOutput();
      this.#retry = this.#options.env.timers.set(storageRetryMs, () => this.#flushHeld(), { background: true });
      return;
    }
    this.#forgetTrimmedAnswers();
    if (this.#storageError === null) return;
    this.#storageError = null;
    if (!this.journal.isBlocked || this.#exit !== null) this.#process?.resumeOutput();
    this.#endIfFinished();
  }

  #forgetTrimmedAnswers(): void {
    for (const position of this.#answers.keys()) {
      if (position >= this.journal.firstPosition) return;
      this.#answers.delete(position);
    }
  }

  #exited(exitCode: number | null, signal: string | null): void {
    this.#exit = { exitCode, signal, stderrTail: [] };
    // What the dead process left in its pipe is bounded by the pipe: it is read even when the journal is over its bound.
    if (this.#held.length === 0) this.#process?.resumeOutput();
    this.#gone = this.#process?.kill(0) ?? Promise.resolve();
    this.#gone.catch((error: unknown) => this.#options.env.log.error({ runId: this.runId, error: describeError(error) }, "Descendants of the agent could not be ended."));
  }

  #closed(): void {
    this.#exit = { ...(this.#exit ?? { exitCode: null, signal: null }), stderrTail: this.#process?.stderrTail ?? [] };
    const rest = this.#lines.flush();
    if (rest) this.#route(rest);
    this.#finish("exited");
  }

  /** Answers what the agent never will, says that it is gone, and closes the journal. */
  #finish(reason: "exited" | "supervisor_restarted"): void {
    const exit = this.#exit!;
    const data: JsonObject = { exit_code: exit.exitCode, signal: exit.signal, stderr: exit.stderrTail };
    for (const request of this.#pending.values()) {
      const error = { code: -32603, message: "The agent's process ended before it answered.", data: { kind: "agent_exited", ...data } };
      const line = Buffer.from(`${JSON.stringify({ jsonrpc: "2.0", id: request.originalId, error })}\n`);
      this.#answered(request, line, true, this.#nextPosition());
      this.#append({ bytes: line, count: 1 });
    }
    this.#pending.clear();
    this.unanswered.clear();
    const last = { jsonrpc: "2.0", method: agentExitedMethod, params: { ...data, reason } };
    this.#append({ bytes: Buffer.from(`${JSON.stringify(last)}\n`), count: 1 });
    if (this.#state !== "exited") this.#state = moveRun(this.#state, "exited");
    this.#finished.resolve();
    this.#endIfFinished();
  }

  #endIfFinished(): void {
    if (this.#state !== "exited" || this.#held.length > 0 || this.journal.isEnded) return;
    this.#record = { ...this.#record, exit: this.#exit };
    try {
      this.#options.storage.writeRecord(this.#record);
    } catch (error) {
      // Without it the next supervisor only writes one more exit record.
      this.#options.env.log.warn({ runId: this.runId, error: describeError(error) }, "The exit could not be recorded.");
    }
    this.journal.end();
  }

  /** Stops timers. The process is left as it is. */
  dispose(): void {
    this.#retry?.cancel();
  }
}
