import { AgentSdkError } from "../../errors.ts";
import type { NewSession, SessionFilter, SessionStore } from "../../store.ts";
import { byText, pageOf, placeOf } from "./paging.ts";
import type { SessionRow, Tables } from "./tables.ts";
import { copy, currentMoment, isAlive, requireSession, shuffled } from "./tables.ts";
import { hasCompute, hasIntents, hasWorkForOwner, headOf, sessionOf, unfinishedPrompts, volumesOf } from "./views.ts";

function newRow(session: NewSession, { moment, generation }: { readonly moment: number; readonly generation: number }): SessionRow {
  const { id, tenant, agentId, volumeId, mountedVolumeIds = [] } = session;
  return {
    id, tenant, agentId, volumeId, mountedVolumeIds: [...mountedVolumeIds], settings: copy(session.settings), sandbox: copy(session.sandbox), innerSessionId: null, conversationStarted: false,
    intents: { release: false, delete: false, wake: session.wake }, createdAt: moment, lastActivityAt: moment,
    ownerReplicaId: null, generation, lastSeq: 0, firstSeq: 1, lastPosition: 0, journal: null, lastCommit: null, events: [], prompts: [],
    limits: copy(session.limits ?? { permissionTimeoutMs: null }), questions: [],
  };
}

const place = (row: SessionRow): string => (hasCompute(row) ? "0" : "1") + placeOf(row.lastActivityAt, row.id);

function matches(row: SessionRow, filter: SessionFilter): boolean {
  if (filter.tenant !== undefined && row.tenant !== filter.tenant) return false;
  if (filter.agentId !== undefined && row.agentId !== filter.agentId) return false;
  if (filter.volumeId !== undefined && !volumesOf(row).includes(filter.volumeId)) return false;
  const active = hasCompute(row) || row.intents.wake || unfinishedPrompts(row).length > 0;
  return filter.status === undefined || active === (filter.status === "active");
}

/** What a session is made with must be there, and stay. */
function assertUsable(tables: Tables, session: NewSession): void {
  const agent = tables.agents.get(session.agentId);
  if (agent === undefined) throw new AgentSdkError("not_found", `There is no agent ${session.agentId}.`);
  if (agent.deleting) throw new AgentSdkError("conflict", `The agent ${session.agentId} is being deleted.`);
  for (const id of volumesOf(session)) {
    const volume = tables.volumes.get(id);
    if (volume === undefined) throw new AgentSdkError("not_found", `There is no volume ${id}.`);
    if (volume.status === "deleting") throw new AgentSdkError("conflict", `The volume ${id} is being deleted.`);
  }
}

export function sessionsInMemory(tables: Tables): SessionStore {
  const { sessions } = tables;
  const idsOf = (wanted: (row: SessionRow) => boolean): string[] => shuffled(tables, [...sessions.values()].filter(wanted).map((row) => row.id));
  const needsOwner = (row: SessionRow): boolean => unfinishedPrompts(row).length > 0 || hasIntents(row) || hasCompute(row);
  return {
    async insert(session) {
      if (sessions.has(session.id)) throw new AgentSdkError("conflict", `There is a session ${session.id} already.`);
      assertUsable(tables, session);
      const row = newRow(session, { moment: currentMoment(tables), generation: (tables.removedSessions.get(session.id) ?? -1) + 1 });
      sessions.set(row.id, row);
      return sessionOf(tables, row);
    },
    async get(id) {
      const row = sessions.get(id);
      return row === undefined ? null : sessionOf(tables, row);
    },
    async head(id) {
      const row = sessions.get(id);
      return row === undefined ? null : headOf(tables, row);
    },
    async limits(id) {
      return copy(sessions.get(id)?.limits ?? null);
    },
    async list(filter, page) {
      const rows = [...sessions.values()].filter((row) => matches(row, filter)).toSorted(byText(place));
      return pageOf(rows, page, { place, item: (row) => sessionOf(tables, row) });
    },
    async count() {
      return { sessions: sessions.size, busy: [...sessions.values()].filter((row) => unfinishedPrompts(row).length > 0).length };
    },
    async countByPhase() {
      const counts = { none: 0, creating: 0, running: 0, stopping: 0, destroying: 0 };
      for (const row of sessions.values()) counts[row.sandbox.phase] += 1;
      return counts;
    },
    async updateSettings(id, patch) {
      const row = sessions.get(id);
      if (row === undefined) return null;
      const given = Object.entries(patch).filter(([, value]) => value !== undefined);
      row.settings = { ...row.settings, ...copy(Object.fromEntries(given)) };
      return sessionOf(tables, row);
    },
    async setIntents(id, intents) {
      const row = sessions.get(id);
      if (row === undefined) return null;
      for (const intent of ["release", "delete", "wake"] as const) row.intents[intent] ||= intents[intent] === true;
      if (intents.wake) row.lastActivityAt = currentMoment(tables);
      return sessionOf(tables, row);
    },
    async findUnowned(limit) {
      return idsOf((row) => needsOwner(row) && !isAlive(tables, row.ownerReplicaId)).slice(0, limit);
    },
    async findOwned(replicaId, { limit }) {
      const ids = idsOf((row) => row.ownerReplicaId === replicaId && needsOwner(row));
      const found = ids.map((sessionId) => ({ sessionId, hasWork: hasWorkForOwner(requireSession(tables, sessionId)) }));
      return found.toSorted((a, b) => Number(b.hasWork) - Number(a.hasWork)).slice(0, limit);
    },
    async findSandboxOwners(sandboxIds) {
      const rows = [...sessions.values()].filter(({ sandbox }) => sandbox.sandboxId !== null && sandboxIds.includes(sandbox.sandboxId));
      return new Map(rows.map((row) => [row.sandbox.sandboxId as string, row.id]));
    },
    async remove(id, generation) {
      if (sessions.get(id)?.generation !== generation) return false;
      tables.removedSessions.set(id, generation);
      for (const { token } of tables.tokens.values()) if (token.sessionId === id) tables.tokens.delete(token.id);
      return sessions.delete(id);
    },
  };
}
