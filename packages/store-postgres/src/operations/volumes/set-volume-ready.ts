import type { Volume } from "@agent-sdk/core";
import { volumeOf } from "../../rows/volume.ts";
import type { Context } from "../context.ts";
import { run } from "../context.ts";

export async function setVolumeReady(context: Context, id: string, providerRef: string): Promise<Volume | null> {
  const query = context.builder.updateTable("volumes").set({ status: "ready", provider_ref: providerRef }).where("id", "=", id).where("status", "<>", "deleting").returningAll();
  const rows = await run(context, query, { kind: "write" });
  return rows.map(volumeOf)[0] ?? null;
}
