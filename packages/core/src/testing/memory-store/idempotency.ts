import type { IdempotencyStore } from "../../store.ts";
import type { Tables } from "./tables.ts";
import { copy, currentMoment } from "./tables.ts";

const keyOf = (tenant: string, key: string): string => JSON.stringify([tenant, key]);

export function idempotencyInMemory(tables: Tables): IdempotencyStore {
  const entries = tables.idempotency;
  return {
    async begin({ tenant, key, requestHash, staleMs }) {
      const moment = currentMoment(tables);
      const entry = entries.get(keyOf(tenant, key));
      if (entry === undefined) {
        entries.set(keyOf(tenant, key), { tenant, requestHash, begunAt: moment, answer: null });
        return { outcome: "new" };
      }
      if (entry.requestHash !== requestHash) return { outcome: "mismatch" };
      if (entry.answer !== null) return { outcome: "done", answer: copy(entry.answer) };
      if (moment - entry.begunAt <= staleMs) return { outcome: "running" };
      entry.begunAt = moment;
      return { outcome: "new" };
    },
    async complete(tenant, key, answer) {
      const entry = entries.get(keyOf(tenant, key));
      if (entry !== undefined) entry.answer = copy(answer);
    },
    async abandon(tenant, key) {
      const entry = entries.get(keyOf(tenant, key));
      if (entry?.answer === null) entries.delete(keyOf(tenant, key));
    },
    async expire(olderThanMs) {
      const bound = currentMoment(tables) - olderThanMs;
      const old = [...entries].filter(([, entry]) => entry.begunAt < bound);
      for (const [key] of old) entries.delete(key);
      return old.length;
    },
  };
}
