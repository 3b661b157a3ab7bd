import type { Session } from "@agent-sdk/core";
import type { SessionRow } from "../../rows/session.ts";
import { sessionOf } from "../../rows/session.ts";
import type { Context } from "../context.ts";

export async function getSession({ database, schema, cipher }: Context, id: string): Promise<Session | null> {
  const sql = `select * from ${schema}.session_details where id = $1`;
  const rows = await database.run<SessionRow>({ name: "get_session", sql, parameters: [id] }, { kind: "read" });
  return rows.map((row) => sessionOf(row, cipher))[0] ?? null;
}
