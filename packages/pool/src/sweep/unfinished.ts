import { AgentSdkError, describeError } from "@agent-sdk/core";
import type { PoolEnv } from "../env.ts";
import type { Agents } from "../service/agents.ts";
import { providerOf } from "../service/providers.ts";
import { makeReady } from "../service/volume-states.ts";
import type { Volumes } from "../service/volumes.ts";
import { withDeadline } from "../signals.ts";

const batch = 100;
/** One that cannot be finished must not keep the others waiting. */
const eachMs = 60_000;

type Needs = Pick<PoolEnv, "log" | "providers" | "store" | "timers">;

/**
 * Finishes what somebody began with a volume or an agent and did not end: all that is left of it is its row. Everybody may do so at any time, also while it is
 * still being done elsewhere. What fails stays for the next look.
 */
export async function finishUnfinished(env: Needs, services: { readonly volumes: Volumes; readonly agents: Agents }, signal: AbortSignal): Promise<void> {
  for (const volume of await env.store.volumes.listUnfinished(batch)) {
    await attempt(env, { volume_id: volume.id, status: volume.status }, signal, async (inner) => {
      if (volume.status === "deleting") await services.volumes.finishDeletion(volume, { signal: inner });
      else await makeReady(env, providerOf(env, volume.provider), volume, inner);
    });
  }
  for (const agent of await env.store.agents.listDeleting(batch)) {
    await attempt(env, { agent_id: agent.id }, signal, (inner) => services.agents.finishDeletion(agent, { signal: inner }));
  }
}

async function attempt(env: Needs, fields: Readonly<Record<string, string>>, signal: AbortSignal, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  if (signal.aborted) return;
  try {
    await withDeadline(env, eachMs, "Finishing it", signal, work);
    env.log.info(fields, "what was half made or half deleted is finished");
  } catch (error) {
    if (!signal.aborted && !(error instanceof AgentSdkError && error.code === "draining")) env.log.warn({ ...fields, error: describeError(error) }, "what is half made or half deleted could not be finished");
  }
}
