import type { Context } from "../context.ts";

export async function retireReplica({ database, schema }: Context, replicaId: string): Promise<void> {
  await database.run({ sql: `select ${schema}.retire_replica($1)`, parameters: [replicaId] }, { kind: "write" });
}
