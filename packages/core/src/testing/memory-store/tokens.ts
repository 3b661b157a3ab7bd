import type { TokenStore } from "../../access-store.ts";
import type { SessionToken } from "../../access.ts";
import { AgentSdkError } from "../../errors.ts";
import { holdsKey } from "./keys.ts";
import type { Tables, TokenRow } from "./tables.ts";
import { copy, currentMoment, dateOf, requireSession } from "./tables.ts";

function tokenOf(tables: Tables, row: TokenRow): SessionToken {
  const { tenant } = requireSession(tables, row.token.sessionId);
  return { ...copy(row.token), tenant, createdAt: dateOf(row.createdAt), expiresAt: dateOf(row.expiresAt) };
}

function findHolding(tables: Tables, id: string): TokenRow | null {
  const row = tables.tokens.get(id);
  if (row === undefined || row.expiresAt <= currentMoment(tables)) return null;
  const session = tables.sessions.get(row.token.sessionId);
  if (session === undefined || session.intents.delete) return null;
  return row.token.keyId === null || holdsKey(tables, row.token.keyId) ? row : null;
}

export function tokensInMemory(tables: Tables): TokenStore {
  const { keys, sessions, tokens } = tables;
  return {
    async insert({ hash, ttlMs, ...token }) {
      if (tokens.has(token.id)) throw new AgentSdkError("conflict", "There is such a token already.");
      if (!sessions.has(token.sessionId)) throw new AgentSdkError("not_found", `There is no session ${token.sessionId}.`);
      if (token.keyId !== null && !keys.has(token.keyId)) throw new AgentSdkError("not_found", "The key that makes this token is gone.");
      const createdAt = currentMoment(tables);
      const row: TokenRow = { token: copy(token), hash, createdAt, expiresAt: createdAt + ttlMs };
      tokens.set(token.id, row);
      return tokenOf(tables, row);
    },
    async find(id) {
      const row = findHolding(tables, id);
      return row && { token: tokenOf(tables, row), hash: row.hash };
    },
    async delete(id) {
      return tokens.delete(id);
    },
    async findValid(ids) {
      return new Set(ids.filter((id) => findHolding(tables, id) !== null));
    },
    async expire() {
      const old = [...tokens.values()].filter((row) => row.expiresAt <= currentMoment(tables));
      for (const { token } of old) tokens.delete(token.id);
      return old.length;
    },
  };
}
