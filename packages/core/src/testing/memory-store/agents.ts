import { AgentSdkError } from "../../errors.ts";
import type { AgentStore } from "../../store.ts";
import { byText, pageOf, placeOf } from "./paging.ts";
import type { AgentRow, Tables } from "./tables.ts";
import { copy, currentMoment, dateOf, shuffled } from "./tables.ts";

const place = (agent: AgentRow): string => placeOf(agent.createdAt.getTime(), agent.id);

export function agentsInMemory(tables: Tables): AgentStore {
  const { agents, sessions } = tables;
  return {
    async insert({ id, tenant, config }) {
      if (agents.has(id)) throw new AgentSdkError("conflict", `There is an agent ${id} already.`);
      const row: AgentRow = { id, tenant, config: copy(config), deleting: false, createdAt: dateOf(currentMoment(tables)) };
      agents.set(id, row);
      return copy(row);
    },
    async get(id) {
      return copy(agents.get(id) ?? null);
    },
    async list(tenant, page) {
      const rows = [...agents.values()].filter((agent) => agent.tenant === tenant && !agent.deleting).toSorted(byText(place));
      return pageOf(rows, page, { place, item: copy });
    },
    async updateConfig(id, config) {
      const row = agents.get(id);
      if (row === undefined) return null;
      row.config = copy(config);
      return copy(row);
    },
    async setDeleting(id) {
      const row = agents.get(id);
      if (row === undefined) return null;
      row.deleting = true;
      return copy(row);
    },
    async listDeleting(limit) {
      return copy(shuffled(tables, [...agents.values()].filter((row) => row.deleting)).slice(0, limit));
    },
    async delete(id) {
      if ([...sessions.values()].some((session) => session.agentId === id)) throw new AgentSdkError("conflict", `Sessions use the agent ${id}.`);
      return agents.delete(id);
    },
  };
}
