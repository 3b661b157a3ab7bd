import { AgentSdkError, type SandboxSpec } from "@agent-sdk/core";
import type { Handover } from "@agent-sdk/supervisor";
import type { Context } from "../context.ts";

const startMs = 60_000;

interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

/** Resolves with what the supervisor says when it listens; null when it ended before. */
async function firstWord(context: Pick<Context, "env">, line: Promise<string | null>, { signal }: CallOptions): Promise<string | null> {
  const { promise: broken, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal?.reason as Error);
  const timer = context.env.timers.set(startMs, () => reject(new AgentSdkError("timeout", "The sandbox's supervisor did not start in time.")));
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    signal?.throwIfAborted();
    return await Promise.race([line, broken]);
  } finally {
    timer.cancel();
    signal?.removeEventListener("abort", onAbort);
  }
}

/**
 * Starts a container that is made or stopped, hands the supervisor its token, and the session's variables at the first time, by its standard input, and
 * waits until it listens. None of this can be seen in what the engine tells about the container.
 * @throws AgentSdkError `sandbox_failed` with what the supervisor said when it ended, `timeout`, else what the engine says.
 */
export async function startSupervisor(context: Pick<Context, "engine" | "env">, name: string, handover: Handover, options: CallOptions = {}): Promise<void> {
  const attachment = await context.engine.attachContainer(name);
  try {
    options.signal?.throwIfAborted();
    await context.engine.startContainer(name);
    attachment.handOver(JSON.stringify(handover));
    const line = await firstWord(context, attachment.firstLine, options);
    if (line !== null) return;
    const said = attachment.errors();
    throw new AgentSdkError("sandbox_failed", `The sandbox's supervisor ended at its start${said === "" ? "." : `: ${said}`}`);
  } finally {
    attachment.close();
  }
}

/** What is handed over at the first start. */
export function firstHandover(spec: Pick<SandboxSpec, "env" | "supervisorToken">): Handover {
  return { token: spec.supervisorToken, env: spec.env };
}
