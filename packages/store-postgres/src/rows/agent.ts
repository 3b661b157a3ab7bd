import type { Agent } from "@agent-sdk/core";
import type { Selectable } from "kysely";
import type { RowCipher } from "../encryption/row-cipher.ts";
import type { Schema } from "./schema.ts";

export function agentOf(row: Selectable<Schema["agents"]>, cipher: RowCipher): Agent {
  return { id: row.id, tenant: row.tenant, config: cipher.openConfig(row.id, row.config), deleting: row.delete_requested_at !== null, createdAt: row.created_at };
}
