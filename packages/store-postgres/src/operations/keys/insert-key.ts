import type { ApiKey, NewApiKey } from "@agent-sdk/core";
import { AgentSdkError } from "@agent-sdk/core";
import type { ApiKeyRow } from "../../rows/api-key.ts";
import { apiKeyOf, endOf } from "../../rows/api-key.ts";
import { textArray } from "../arrays.ts";
import type { Context } from "../context.ts";

export async function insertKey({ database, schema }: Context, key: NewApiKey): Promise<ApiKey> {
  const sql = `insert into ${schema}.api_keys (id, tenant, name, scopes, prefix, hash, expires_at)
    values ($1, $2, $3, $4::text::text[], $5, $6, ${endOf(schema, "$7")}) returning *`;
  const rows = await database.run<ApiKeyRow>({ sql, parameters: [key.id, key.tenant, key.name, textArray(key.scopes), key.prefix, key.hash, key.ttlMs] }, {
    kind: "write",
    refused: ({ constraint }) => (constraint === "api_keys_pkey" || constraint === "api_keys_prefix_key" ? new AgentSdkError("conflict", "There is such a key already.") : undefined),
  });
  return apiKeyOf(rows[0] as ApiKeyRow);
}
