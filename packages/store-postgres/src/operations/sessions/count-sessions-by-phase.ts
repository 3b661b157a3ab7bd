import type { SandboxPhase } from "@agent-sdk/core";
import type { Context } from "../context.ts";

export async function countSessionsByPhase({ database, schema }: Context): Promise<Readonly<Record<SandboxPhase, number>>> {
  const sql = `select sandbox_phase as phase, count(*) as count from ${schema}.sessions group by sandbox_phase`;
  const rows = await database.run<{ readonly phase: SandboxPhase; readonly count: number }>({ name: "count_sessions_by_phase", sql, parameters: [] }, { kind: "read" });
  return { none: 0, creating: 0, running: 0, stopping: 0, destroying: 0, ...Object.fromEntries(rows.map(({ phase, count }) => [phase, count])) };
}
