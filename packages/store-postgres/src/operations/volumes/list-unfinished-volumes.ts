import type { Volume } from "@agent-sdk/core";
import { sql } from "kysely";
import { volumeOf } from "../../rows/volume.ts";
import type { Context } from "../context.ts";
import { run } from "../context.ts";

export async function listUnfinishedVolumes(context: Context, limit: number): Promise<readonly Volume[]> {
  const query = context.builder.selectFrom("volumes").selectAll().where("status", "<>", "ready").orderBy(sql`random()`).limit(limit);
  const rows = await run(context, query, { kind: "read" });
  return rows.map(volumeOf);
}
