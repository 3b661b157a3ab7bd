import { AgentSdkError } from "../../errors.ts";
import type { Volume } from "../../session.ts";
import type { VolumeStore } from "../../store.ts";
import { byText, pageOf, placeOf } from "./paging.ts";
import type { Tables, VolumeRow } from "./tables.ts";
import { copy, currentMoment, dateOf, shuffled } from "./tables.ts";
import { volumesOf } from "./views.ts";

const place = (volume: VolumeRow): string => placeOf(volume.createdAt.getTime(), volume.id);

export function volumesInMemory(tables: Tables): VolumeStore {
  const { volumes, sessions } = tables;
  const find = (tenant: string, provider: string, name: string): VolumeRow | undefined =>
    [...volumes.values()].find((volume) => volume.tenant === tenant && volume.provider === provider && volume.name === name);
  const change = (id: string, changes: Partial<VolumeRow>): Volume | null => {
    const row = volumes.get(id);
    return row === undefined ? null : copy(Object.assign(row, changes));
  };
  const assertUnused = (id: string): void => {
    if ([...sessions.values()].some((session) => volumesOf(session).includes(id))) throw new AgentSdkError("conflict", `Sessions use the volume ${id}.`);
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
    async list(tenant, { provider }, page) {
      const rows = [...volumes.values()].filter((volume) => volume.tenant === tenant && (provider === undefined || volume.provider === provider));
      return pageOf(rows.toSorted(byText(place)), page, { place, item: copy });
    },
    async setReady(id, providerRef) {
      return volumes.get(id)?.status === "deleting" ? null : change(id, { providerRef, status: "ready" });
    },
    async setDeleting(id, { force = false } = {}) {
      if (!force && volumes.get(id)?.status !== "deleting") assertUnused(id);
      return change(id, { status: "deleting" });
    },
    async listUnfinished(limit) {
      return copy(shuffled(tables, [...volumes.values()].filter((volume) => volume.status !== "ready")).slice(0, limit));
    },
    async delete(id) {
      assertUnused(id);
      return volumes.delete(id);
    },
  };
}
