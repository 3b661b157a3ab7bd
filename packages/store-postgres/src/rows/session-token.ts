import type { SessionToken, TokenScope } from "@agent-sdk/core";

export interface SessionTokenRow {
  readonly id: string;
  readonly session_id: string;
  readonly tenant: string;
  readonly scopes: readonly TokenScope[];
  readonly key_id: string | null;
  readonly issuer: string | null;
  readonly hash: string;
  readonly created_at: Date;
  readonly expires_at: Date;
}

export function sessionTokenOf(row: SessionTokenRow): SessionToken {
  const { id, tenant, scopes, issuer } = row;
  return { id, sessionId: row.session_id, tenant, scopes, keyId: row.key_id, issuer, createdAt: row.created_at, expiresAt: row.expires_at };
}
