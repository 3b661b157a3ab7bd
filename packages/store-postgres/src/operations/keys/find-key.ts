import type { KeyStore } from "@agent-sdk/core";
import type { ApiKeyRow } from "../../rows/api-key.ts";
import { apiKeyOf } from "../../rows/api-key.ts";
import type { Context } from "../context.ts";

/** Read for every call with a stored key: by the unique index of prefixes. */
export async function findKey({ database, schema }: Context, prefix: string): ReturnType<KeyStore["find"]> {
  const sql = `select * from ${schema}.api_keys where prefix = $1 and (expires_at is null or expires_at > ${schema}.current_moment())`;
  const [row] = await database.run<ApiKeyRow>({ name: "find_key", sql, parameters: [prefix] }, { kind: "read" });
  return row === undefined ? null : { key: apiKeyOf(row), hash: row.hash };
}
