import type { KeyStore } from "../../access-store.ts";
import type { ApiKey } from "../../access.ts";
import { AgentSdkError } from "../../errors.ts";
import { byText, pageOf, placeOf } from "./paging.ts";
import type { KeyRow, Tables } from "./tables.ts";
import { copy, currentMoment, dateOf } from "./tables.ts";

const place = (row: KeyRow): string => placeOf(row.createdAt, row.key.id);

function keyOf(row: KeyRow): ApiKey {
  return { ...copy(row.key), createdAt: dateOf(row.createdAt), expiresAt: row.expiresAt === null ? null : dateOf(row.expiresAt) };
}

export function holdsKey(tables: Tables, id: string): boolean {
  const row = tables.keys.get(id);
  return row !== undefined && (row.expiresAt === null || row.expiresAt > currentMoment(tables));
}

export function keysInMemory(tables: Tables): KeyStore {
  const { keys, tokens } = tables;
  return {
    async insert({ hash, ttlMs, ...key }) {
      const taken = [...keys.values()].some((row) => row.key.id === key.id || row.key.prefix === key.prefix);
      if (taken) throw new AgentSdkError("conflict", "There is such a key already.");
      const createdAt = currentMoment(tables);
      const row: KeyRow = { key: copy(key), hash, createdAt, expiresAt: ttlMs === null ? null : createdAt + ttlMs };
      keys.set(key.id, row);
      return keyOf(row);
    },
    async find(prefix) {
      const row = [...keys.values()].find(({ key }) => key.prefix === prefix);
      return row !== undefined && holdsKey(tables, row.key.id) ? { key: keyOf(row), hash: row.hash } : null;
    },
    async list(tenant, page) {
      const rows = [...keys.values()].filter(({ key }) => key.tenant === tenant).toSorted(byText(place));
      return pageOf(rows, page, { place, item: keyOf });
    },
    async delete(tenant, id) {
      if (keys.get(id)?.key.tenant !== tenant) return false;
      for (const { token } of tokens.values()) if (token.keyId === id) tokens.delete(token.id);
      return keys.delete(id);
    },
    async findValid(ids) {
      return new Set(ids.filter((id) => holdsKey(tables, id)));
    },
  };
}
