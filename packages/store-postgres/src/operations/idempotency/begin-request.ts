import type { IdempotencyStore } from "@agent-sdk/core";
import type { StoredBody } from "../../encryption/row-cipher.ts";
import type { Context } from "../context.ts";

interface Row {
  readonly outcome: "new" | "running" | "mismatch" | "done";
  readonly status: number;
  readonly body: StoredBody;
}

export async function beginRequest({ database, schema, cipher }: Context, entry: Parameters<IdempotencyStore["begin"]>[0]): ReturnType<IdempotencyStore["begin"]> {
  const parameters = [entry.tenant, entry.key, entry.requestHash, entry.staleMs];
  const rows = await database.run<Row>({ sql: `select * from ${schema}.begin_request($1, $2, $3, $4)`, parameters }, { kind: "write" });
  const { outcome, status, body } = rows[0] as Row;
  return outcome === "done" ? { outcome, answer: { status, body: cipher.openBody(`${entry.tenant} ${entry.key}`, body) } } : { outcome };
}
