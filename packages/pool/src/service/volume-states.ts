import type { SandboxProvider, Volume } from "@agent-sdk/core";
import { AgentSdkError } from "@agent-sdk/core";
import type { PoolEnv } from "../env.ts";

type Needs = Pick<PoolEnv, "store">;

/**
 * What a volume is called at its provider: readable, and of this one row for ever. Two tenants may have volumes of one name, and a name may be given again
 * while a slow server still destroys what bore it before.
 */
export function nameAtProvider({ id, name }: Volume): string {
  return `${name.slice(0, 27)}-${id}`;
}

/**
 * creating → ready. Safe to repeat, and for several to do at once.
 * @throws what the provider says; `conflict` when it was marked for its deletion meanwhile, and then nothing of it is left.
 */
export async function makeReady(env: Needs, provider: SandboxProvider, volume: Volume, signal?: AbortSignal): Promise<Volume> {
  const { ref } = await provider.volumes.create(nameAtProvider(volume), { signal });
  const ready = await env.store.volumes.setReady(volume.id, ref);
  if (ready) return ready;
  await provider.volumes.destroy(ref);
  throw new AgentSdkError("conflict", `The volume "${volume.name}" is being deleted.`);
}

/**
 * deleting → gone, once no session uses it. Safe to repeat, and for several to do at once. One that was marked before its making was finished has no reference
 * yet: making is idempotent by name and tells it.
 */
export async function destroyVolume(env: Needs, provider: SandboxProvider, volume: Volume): Promise<void> {
  const ref = volume.providerRef ?? (await provider.volumes.create(nameAtProvider(volume))).ref;
  await provider.volumes.destroy(ref);
  await env.store.volumes.delete(volume.id);
}
