import type { Volume } from "@agent-sdk/core";
import type { Selectable } from "kysely";
import type { Schema } from "./schema.ts";

export function volumeOf(row: Selectable<Schema["volumes"]>): Volume {
  const { id, tenant, name, provider, status } = row;
  return { id, tenant, name, provider, providerRef: row.provider_ref, status, createdAt: row.created_at };
}
