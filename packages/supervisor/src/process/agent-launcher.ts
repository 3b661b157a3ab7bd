import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import type { AgentLaunch } from "@agent-sdk/core";
import type { AgentLauncher, AgentProcess, AgentProcessEvents } from "../core/agent-process.ts";
import { childEnvironment } from "./child-environment.ts";
import type { ProcessTable } from "./process-table.ts";
import { ProcessTree } from "./process-tree.ts";
import { StderrTail } from "./stderr-tail.ts";

/** Connects a child's streams to a run. `exited` always comes before `closed`, also for a command that could not be started. */
function connect(child: ChildProcessWithoutNullStreams, stderr: StderrTail, events: AgentProcessEvents): void {
  let isExited = false;
  const exited = (code: number | null, signal: string | null): void => {
    if (isExited) return;
    isExited = true;
    events.exited(code, signal);
  };
  child.stdout.on("data", (chunk: Buffer) => events.output(chunk));
  child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
  // An agent that closed its input is noticed by its exit; the write's own failure says no more.
  child.stdin.on("error", (error) => stderr.add(`[stdin] ${error.message}`));
  child.on("error", (error: NodeJS.ErrnoException) => {
    stderr.add(error.code === "ENOENT" ? "The command or its working directory does not exist." : `The process failed: ${error.message}`);
    if (child.pid !== undefined) return;
    exited(null, null);
    events.closed();
  });
  child.on("exit", exited);
  child.on("close", () => {
    if (child.pid !== undefined) events.closed();
  });
}

/** Starts agents as leaders of their own sessions, so that a signal to the supervisor's group does not reach them first. */
export function agentLauncher(table: ProcessTable, environment: NodeJS.ProcessEnv): AgentLauncher {
  return {
    start(launch: AgentLaunch, marker: string, events: AgentProcessEvents): AgentProcess {
      const env = childEnvironment(environment, launch.env, marker);
      const child = spawn(launch.command, launch.args, { cwd: launch.cwd, env, detached: true, stdio: "pipe" });
      const stderr = new StderrTail();
      const pid = child.pid ?? null;
      const tree = new ProcessTree(table, pid, marker);
      connect(child, stderr, events);
      return {
        pid,
        get unreadInput() {
          return child.stdin.writableLength;
        },
        get stderrTail() {
          return stderr.lines;
        },
        isStopped: () => pid !== null && /[Tt]/.test(table.read(pid)?.state ?? ""),
        write: (line) => void child.stdin.write(line),
        pauseOutput: () => void child.stdout.pause(),
        resumeOutput: () => void child.stdout.resume(),
        noteDescendants: () => tree.note(),
        noteLine: (line) => stderr.add(line),
        kill: (graceMs) => tree.kill(graceMs),
      };
    },
    killLeftovers: (marker) => new ProcessTree(table, null, marker).kill(0),
  };
}
