import type { StoredAnswer } from "@agent-sdk/core";
import type { Context } from "../context.ts";

export async function completeRequest({ database, schema, cipher }: Context, tenant: string, key: string, answer: StoredAnswer): Promise<void> {
  const sql = `update ${schema}.idempotency_keys set status = $3, body = $4::json where tenant = $1 and key = $2`;
  await database.run({ sql, parameters: [tenant, key, answer.status, JSON.stringify(cipher.sealBody(`${tenant} ${key}`, answer.body))] }, { kind: "write" });
}
