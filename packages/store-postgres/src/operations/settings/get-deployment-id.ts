import { AgentSdkError } from "@agent-sdk/core";
import type { Context } from "../context.ts";

export async function getDeploymentId({ database, schema }: Context): Promise<string> {
  const sql = `select value from ${schema}.settings where key = 'deployment_id'`;
  const [row] = await database.run<{ readonly value: string }>({ sql, parameters: [] }, { kind: "read" });
  if (row === undefined) throw new AgentSdkError("internal", "The database has lost its id.");
  return row.value;
}
