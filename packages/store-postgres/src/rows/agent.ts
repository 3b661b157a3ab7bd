import type { Agent } from "@agent-sdk/core";
import type { Selectable } from "kysely";
import type { Schema } from "./schema.ts";

export function agentOf(row: Selectable<Schema["agents"]>): Agent {
  return { id: row.id, tenant: row.tenant, config: row.config, createdAt: row.created_at };
}
