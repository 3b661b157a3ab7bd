import type { SandboxProvider, SandboxSummary } from "@agent-sdk/core";
import { describeError } from "@agent-sdk/core";
import type { PoolEnv, PoolOptions } from "../env.ts";

export interface Orphan {
  readonly provider: string;
  readonly ref: string;
  readonly sandboxId: string;
  readonly sessionId: string;
}

type Needs = Pick<PoolEnv, "clock" | "log" | "providers" | "store">;

/** Sandboxes of this deployment that no session refers to and that are old enough not to be in the making. */
export async function findOrphans(env: Needs, options: PoolOptions): Promise<readonly Orphan[]> {
  const found: Orphan[] = [];
  for (const provider of env.providers.values()) {
    try {
      found.push(...(await orphansOf(env, options, provider)));
    } catch (error) {
      // A backend that does not answer has nothing destroyed; the next sweep asks again.
      env.log.warn({ provider: provider.name, error: describeError(error) }, "orphans of a provider could not be looked for");
    }
  }
  return found;
}

async function orphansOf(env: Needs, options: PoolOptions, provider: SandboxProvider): Promise<readonly Orphan[]> {
  const listed: SandboxSummary[] = [];
  for await (const summary of provider.list({ origin: options.origin })) {
    if (env.clock.now() - summary.createdAt.getTime() >= options.sweepGraceMs) listed.push(summary);
  }
  const owners = await env.store.sessions.findSandboxOwners(listed.map((summary) => summary.labels.sandboxId));
  return listed
    .filter((summary) => !owners.has(summary.labels.sandboxId))
    .map(({ ref, labels }) => ({ provider: provider.name, ref, sandboxId: labels.sandboxId, sessionId: labels.sessionId }));
}

/** Destroys orphans. Ownership is read again just before each: what a session has come to refer to is spared, and so is what cannot be asked about. */
export async function sweepOrphans(env: Needs, options: PoolOptions): Promise<readonly Orphan[]> {
  const destroyed: Orphan[] = [];
  for (const orphan of await findOrphans(env, options)) {
    try {
      const owners = await env.store.sessions.findSandboxOwners([orphan.sandboxId]);
      if (owners.size > 0) continue;
      await env.providers.get(orphan.provider)?.destroy(orphan.ref);
      env.log.info({ ...orphan }, "an orphaned sandbox was destroyed");
      destroyed.push(orphan);
    } catch (error) {
      env.log.warn({ ...orphan, error: describeError(error) }, "an orphaned sandbox could not be destroyed");
    }
  }
  return destroyed;
}
