import type { Context } from "../context.ts";

/** Its tokens go in the same statement, by their foreign key. */
export async function deleteKey({ database, schema }: Context, tenant: string, id: string): Promise<boolean> {
  const sql = `delete from ${schema}.api_keys where tenant = $1 and id = $2 returning 1`;
  return (await database.run({ sql, parameters: [tenant, id] }, { kind: "write" })).length > 0;
}
