import { AgentSdkError, sandboxIdVariable, sleep, type RuntimeEnv } from "@agent-sdk/core";
import type { ProcessIdentity } from "../marker/marker.ts";
import { isAlive, listProcesses, lookUp, startEnvironment, type ProcessEntry } from "./process-table.ts";

const patienceMs = 10_000;

function withDescendants(all: readonly ProcessEntry[], roots: ReadonlySet<number>): readonly ProcessEntry[] {
  const members = new Set(roots);
  for (let grown = true; grown; ) {
    grown = false;
    for (const { pid, parent } of all) {
      if (members.has(parent) && !members.has(pid)) {
        members.add(pid);
        grown = true;
      }
    }
  }
  // Never ourselves, wherever this server itself was started.
  return all.filter(({ pid, dead }) => members.has(pid) && !dead && pid !== process.pid);
}

/**
 * The sandbox's living processes: those that bear its id in their environment, and all that descend from them.
 */
export async function processesOf(sandboxId: string): Promise<readonly ProcessEntry[]> {
  const all = await listProcesses();
  const sign = `${sandboxIdVariable}=${sandboxId}`;
  const marked = await Promise.all(all.map(async ({ pid, dead }) => !dead && pid !== process.pid && (await startEnvironment(pid)).includes(sign)));
  return withDescendants(all, new Set(all.filter((_, index) => marked[index]).map(({ pid }) => pid)));
}

/** SIGKILL also ends what is stopped by SIGSTOP. Looks at the pid once more right before: it may be another's by now. */
function kill({ pid, startTime }: Pick<ProcessEntry, "pid" | "startTime">): void {
  if (lookUp(pid)?.startTime !== startTime) return;
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/**
 * Ends every process of the sandbox and resolves when none is left. Looks again until it finds none, because what is being killed may be
 * forking. `supervisor` goes first: with namespaces it takes all others with it.
 * @throws AgentSdkError `provider_failed` when some are still there after ten seconds, in an uninterruptible sleep for instance.
 */
export async function endProcesses(env: RuntimeEnv, sandboxId: string, options: { readonly supervisor?: ProcessIdentity | null | undefined; readonly signal?: AbortSignal | undefined } = {}): Promise<void> {
  const deadline = env.clock.monotonic() + patienceMs;
  if (options.supervisor && isAlive(options.supervisor)) kill(options.supervisor);
  for (let pause = 1; ; pause = Math.min(pause * 2, 50)) {
    const left = await processesOf(sandboxId);
    if (left.length === 0) return;
    if (env.clock.monotonic() > deadline) throw new AgentSdkError("provider_failed", `${left.length} of the sandbox's processes cannot be ended.`, { retryable: true });
    for (const entry of left) kill(entry);
    await sleep(env, pause, options);
  }
}
