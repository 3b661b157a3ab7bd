import type { Context } from "../context.ts";

/** Events deleted by one statement: a long session is removed in steps that each end well before the statement's time-out. */
const chunk = 10_000;

/** The oldest events go first and `first_seq` follows, so a reader meets `cursor_expired`, never a gap; the rest goes in one last statement. */
export async function removeSession({ database, schema }: Context, id: string, generation: number): Promise<boolean> {
  for (;;) {
    const sql = `select ${schema}.remove_session($1, $2, $3) as outcome`;
    const [row] = await database.run<{ outcome: "superseded" | "more" | "removed" }>({ sql, parameters: [id, generation, chunk] }, { kind: "write" });
    if (row?.outcome !== "more") return row?.outcome === "removed";
  }
}
