import type { LeaseStore, Session } from "@agent-sdk/core";
import type { SessionRow } from "../../rows/session.ts";
import { sessionOf } from "../../rows/session.ts";
import type { Context } from "../context.ts";
import { releaseSession } from "./release-session.ts";

type Row = SessionRow & { readonly outcome: "acquired" | "held" | "expired" | "missing"; readonly holder_id: string; readonly holder_url: string | null };

/** A session whose secrets cannot be read is nobody's to drive: the lease is given back before the error. */
async function opened(context: Context, row: SessionRow): Promise<Session> {
  try {
    return sessionOf(row, context.cipher);
  } catch (error) {
    await releaseSession(context, row.id, row.generation);
    throw error;
  }
}

export async function acquireSession(context: Context, sessionId: string, replicaId: string): ReturnType<LeaseStore["acquire"]> {
  const { database, schema } = context;
  const sql = `select a.outcome, a.holder_id, a.holder_url, (a.details).* from ${schema}.acquire_session($1, $2) a`;
  const rows = await database.run<Row>({ name: "acquire", sql, parameters: [sessionId, replicaId] }, { kind: "write" });
  const row = rows[0] as Row;
  if (row.outcome === "acquired") return { outcome: "acquired", session: await opened(context, row) };
  if (row.outcome === "held") return { outcome: "held", replicaId: row.holder_id, url: row.holder_url };
  return { outcome: row.outcome };
}
