import type { Volume } from "@agent-sdk/core";
import { volumeOf } from "../../rows/volume.ts";
import type { Context } from "../context.ts";
import { run } from "../context.ts";

export async function findVolumeByName(context: Context, tenant: string, provider: string, name: string): Promise<Volume | null> {
  const query = context.builder.selectFrom("volumes").selectAll().where("tenant", "=", tenant).where("provider", "=", provider).where("name", "=", name);
  const rows = await run(context, query, { kind: "read" });
  return rows.map(volumeOf)[0] ?? null;
}
