import type { Volume } from "@agent-sdk/core";
import { AgentSdkError } from "@agent-sdk/core";
import type { PoolEnv } from "../env.ts";
import type { VolumeScope } from "../volume-service.ts";

/** A tenant's volume by its id, or else by its name. Null when there is none. @throws AgentSdkError `conflict` for a name that several providers know. */
export async function findVolume(env: Pick<PoolEnv, "providers" | "store">, tenant: string, idOrName: string, scope: VolumeScope = {}): Promise<Volume | null> {
  const { volumes } = env.store;
  const byId = await volumes.get(idOrName);
  if (byId?.tenant === tenant && (scope.provider === undefined || byId.provider === scope.provider)) return byId;
  const providers = scope.provider === undefined ? [...env.providers.keys()] : [scope.provider];
  const found = (await Promise.all(providers.map((provider) => volumes.findByName(tenant, provider, idOrName)))).filter((volume) => volume !== null);
  if (found.length < 2) return found[0] ?? null;
  const known = found.map(({ id, provider }) => ({ id, provider }));
  throw new AgentSdkError("conflict", `Several providers have a volume "${idOrName}": name its id, or the provider.`, { details: { volumes: known } });
}
