import type { Volume } from "@agent-sdk/core";
import { volumeOf } from "../../rows/volume.ts";
import type { Context } from "../context.ts";
import { run } from "../context.ts";

export async function updateVolume(context: Context, id: string, change: { readonly status: Volume["status"]; readonly provider_ref?: string }): Promise<Volume | null> {
  const rows = await run(context, context.builder.updateTable("volumes").set(change).where("id", "=", id).returningAll(), { kind: "write" });
  return rows.map(volumeOf)[0] ?? null;
}
