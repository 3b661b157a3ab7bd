import type { ChildProcess } from "node:child_process";
import { existsSync, watch } from "node:fs";
import { dirname } from "node:path";
import { AgentSdkError, type RuntimeEnv } from "@agent-sdk/core";

const patienceMs = 20_000;

interface ReadyOptions {
  /** The file that the supervisor makes when it listens. */
  readonly readyFile: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Resolves as soon as the supervisor has written its ready file; told by the file system, not by asking.
 * @throws AgentSdkError `provider_failed` when the process ends before, `timeout` after 20 s; the signal's reason when it aborts.
 */
export async function untilReady(env: RuntimeEnv, child: ChildProcess, { readyFile, signal }: ReadyOptions): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const look = (): void => {
    if (existsSync(readyFile)) resolve();
  };
  const onExit = (code: number | null, by: NodeJS.Signals | null): void => {
    reject(new AgentSdkError("provider_failed", `The sandbox's supervisor ended at its start (${code === null ? `by ${String(by)}` : `exit code ${code}`}).`));
  };
  const onAbort = (): void => reject(signal?.reason as Error);
  const timer = env.timers.set(patienceMs, () => reject(new AgentSdkError("timeout", "The sandbox's supervisor did not start in time.")));
  const watcher = watch(dirname(readyFile), look);
  watcher.on("error", reject);
  child.once("exit", onExit);
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    signal?.throwIfAborted();
    if (child.exitCode !== null || child.signalCode !== null) onExit(child.exitCode, child.signalCode);
    look();
    await promise;
  } finally {
    timer.cancel();
    watcher.close();
    child.off("exit", onExit);
    signal?.removeEventListener("abort", onAbort);
  }
}
