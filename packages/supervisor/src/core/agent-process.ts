import type { Buffer } from "node:buffer";
import type { AgentLaunch } from "@agent-sdk/core";

/** What a run hears of its process. Calls come in order; `closed` is the last. */
export interface AgentProcessEvents {
  output(chunk: Buffer): void;
  /** The process is over; its descendants may still hold its output open. */
  exited(exitCode: number | null, signal: string | null): void;
  /** No output will come any more. */
  closed(): void;
}

/** One agent's process, with everything that it starts. */
export interface AgentProcess {
  /** Null when it could not be started. */
  readonly pid: number | null;
  /** Bytes that were written to it and not taken by it. */
  readonly unreadInput: number;
  /** The last lines of its standard error. */
  readonly stderrTail: readonly string[];
  /** True when it is stopped by a signal, SIGSTOP for instance. */
  isStopped(): boolean;
  write(line: Buffer): void;
  pauseOutput(): void;
  resumeOutput(): void;
  /** Remembers its descendants of this moment, so that one which hides later is still found. */
  noteDescendants(): void;
  /** Adds a line of ours to its standard error's tail. */
  noteLine(line: string): void;
  /** Ends it and every descendant: SIGTERM, after `graceMs` SIGKILL. Resolves when none is alive. */
  kill(graceMs: number): Promise<void>;
}

export interface AgentLauncher {
  start(launch: AgentLaunch, marker: string, events: AgentProcessEvents): AgentProcess;
  /** Ends what an earlier supervisor left running under this marker. */
  killLeftovers(marker: string): Promise<void>;
}
