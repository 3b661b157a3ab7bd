import type { SandboxProvider, SandboxSummary } from "@agent-sdk/core";
import { describeError } from "@agent-sdk/core";
import type { Orphan, OrphanReport, SweepReport } from "../admin-service.ts";
import type { PoolEnv, PoolOptions } from "../env.ts";

type Needs = Pick<PoolEnv, "clock" | "log" | "providers" | "store">;
type Settings = Pick<PoolOptions, "origin" | "sweepGraceMs">;

/** Sandboxes of this deployment that no session refers to and that are old enough not to be in the making. */
export async function findOrphans(env: Needs, options: Settings): Promise<OrphanReport> {
  const orphans: Orphan[] = [];
  const unreachable: string[] = [];
  for (const provider of env.providers.values()) {
    try {
      orphans.push(...(await orphansOf(env, options, provider)));
    } catch (error) {
      // A backend that does not answer has nothing destroyed; the next sweep asks again.
      env.log.warn({ provider: provider.name, error: describeError(error) }, "orphans of a provider could not be looked for");
      unreachable.push(provider.name);
    }
  }
  return { orphans, unreachable };
}

async function orphansOf(env: Needs, options: Settings, provider: SandboxProvider): Promise<readonly Orphan[]> {
  const listed: SandboxSummary[] = [];
  for await (const summary of provider.list({ origin: options.origin })) {
    if (env.clock.now() - summary.createdAt.getTime() >= options.sweepGraceMs) listed.push(summary);
  }
  const owners = await env.store.sessions.findSandboxOwners(listed.map((summary) => summary.labels.sandboxId));
  return listed
    .filter((summary) => !owners.has(summary.labels.sandboxId))
    .map(({ ref, labels, createdAt }) => ({ provider: provider.name, ref, sandboxId: labels.sandboxId, sessionId: labels.sessionId, createdAt }));
}

/** Destroys orphans. Ownership is read again just before each: what a session has come to refer to is spared, and so is what cannot be asked about. */
export async function sweepOrphans(env: Needs, options: Settings): Promise<SweepReport> {
  const { orphans, unreachable } = await findOrphans(env, options);
  const destroyed: Orphan[] = [];
  const failed: Orphan[] = [];
  for (const orphan of orphans) {
    const { provider, ref, sandboxId, sessionId } = orphan;
    const fields = { provider, ref, sandbox_id: sandboxId, session_id: sessionId };
    try {
      const owners = await env.store.sessions.findSandboxOwners([sandboxId]);
      if (owners.size > 0) continue;
      await env.providers.get(provider)?.destroy(ref);
      env.log.info(fields, "an orphaned sandbox was destroyed");
      destroyed.push(orphan);
    } catch (error) {
      env.log.warn({ ...fields, error: describeError(error) }, "an orphaned sandbox could not be destroyed");
      failed.push(orphan);
    }
  }
  return { destroyed, failed, unreachable };
}
