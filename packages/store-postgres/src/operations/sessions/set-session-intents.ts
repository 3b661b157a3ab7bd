import type { Session, SessionIntents } from "@agent-sdk/core";
import type { SessionRow } from "../../rows/session.ts";
import { sessionOf } from "../../rows/session.ts";
import type { Context } from "../context.ts";

export async function setSessionIntents(context: Context, id: string, intents: Partial<Record<keyof SessionIntents, true>>): Promise<Session | null> {
  const parameters = [id, intents.release ?? false, intents.delete ?? false, intents.wake ?? false];
  const rows = await context.database.run<SessionRow>({ sql: `select * from ${context.schema}.set_intents($1, $2, $3, $4)`, parameters }, { kind: "write" });
  return rows.map((row) => sessionOf(row, context.cipher))[0] ?? null;
}
