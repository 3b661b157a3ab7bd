import type { PromptCounts } from "@agent-sdk/core";
import type { Context } from "../context.ts";

interface Row {
  readonly queued: number;
  readonly running: number;
  readonly queued_bytes: number;
}

export async function countPrompts({ database, schema }: Context, sessionId: string): Promise<PromptCounts> {
  const sql = `select c.queued, c.running, c.queued_bytes from ${schema}.count_prompts($1) c`;
  const [row] = await database.run<Row>({ name: "count_prompts", sql, parameters: [sessionId] }, { kind: "read" });
  const { queued, running, queued_bytes: queuedBytes } = row as Row;
  return { queued, running, queuedBytes };
}
