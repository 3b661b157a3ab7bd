import type { Context } from "../context.ts";

/** A request that has an answer stays. */
export async function abandonRequest({ database, schema }: Context, tenant: string, key: string): Promise<void> {
  const sql = `delete from ${schema}.idempotency_keys where tenant = $1 and key = $2 and status is null`;
  await database.run({ sql, parameters: [tenant, key] }, { kind: "write" });
}
