import type { ApiKey, Scope } from "@agent-sdk/core";

export interface ApiKeyRow {
  readonly id: string;
  readonly tenant: string;
  readonly name: string | null;
  readonly scopes: readonly Scope[];
  readonly prefix: string;
  readonly hash: string;
  readonly created_at: Date;
  readonly expires_at: Date | null;
}

/** The moment at which a call's key or token ends: that many milliseconds from now on, by the database's clock; null for never. */
export function endOf(schema: string, parameter: string): string {
  return `${schema}.current_moment() + ${parameter}::double precision * interval '1 millisecond'`;
}

export function apiKeyOf(row: ApiKeyRow): ApiKey {
  const { id, tenant, name, scopes, prefix } = row;
  return { id, tenant, name, scopes, prefix, createdAt: row.created_at, expiresAt: row.expires_at };
}
