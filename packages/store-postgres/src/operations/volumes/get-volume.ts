import type { Volume } from "@agent-sdk/core";
import { volumeOf } from "../../rows/volume.ts";
import type { Context } from "../context.ts";
import { run } from "../context.ts";

export async function getVolume(context: Context, id: string): Promise<Volume | null> {
  const rows = await run(context, context.builder.selectFrom("volumes").selectAll().where("id", "=", id), { kind: "read" });
  return rows.map(volumeOf)[0] ?? null;
}
