import { AgentSdkError } from "../../errors.ts";
import type { Volume } from "../../session.ts";
import type { VolumeStore } from "../../store.ts";
import { byText, placeOf } from "./paging.ts";
import type { Tables, VolumeRow } from "./tables.ts";
import { copy, currentMoment, dateOf } from "./tables.ts";

export function volumesInMemory(tables: Tables): VolumeStore {
  const { volumes, sessions } = tables;
  const find = (tenant: string, provider: string, name: string): VolumeRow | undefined =>
    [...volumes.values()].find((volume) => volume.tenant === tenant && volume.provider === provider && volume.name === name);
  const change = (id: string, changes: Partial<VolumeRow>): Volume | null => {
    const row = volumes.get(id);
    return row === undefined ? null : copy(Object.assign(row, changes));
  };
  return {
    async insert({ id, tenant, name, provider }) {
      if (volumes.has(id) || find(tenant, provider, name)) throw new AgentSdkError("conflict", `There is a volume ${name} at ${provider} already.`);
      const row: VolumeRow = { id, tenant, name, provider, providerRef: null, status: "creating", createdAt: dateOf(currentMoment(tables)) };
      volumes.set(id, row);
      return copy(row);
    },
    async get(id) {
      return copy(volumes.get(id) ?? null);
    },
    async findByName(tenant, provider, name) {
      return copy(find(tenant, provider, name) ?? null);
    },
    async list(tenant, { provider }) {
      const rows = [...volumes.values()].filter((volume) => volume.tenant === tenant && (provider === undefined || volume.provider === provider));
      return copy(rows.toSorted(byText((volume) => placeOf(volume.createdAt.getTime(), volume.id))));
    },
    async setReady(id, providerRef) {
      return change(id, { providerRef, status: "ready" });
    },
    async setDeleting(id) {
      return change(id, { status: "deleting" });
    },
    async delete(id) {
      if ([...sessions.values()].some((session) => session.volumeId === id)) throw new AgentSdkError("conflict", `Sessions use the volume ${id}.`);
      return volumes.delete(id);
    },
  };
}
