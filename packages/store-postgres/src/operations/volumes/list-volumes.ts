import type { Volume } from "@agent-sdk/core";
import { volumeOf } from "../../rows/volume.ts";
import type { Context } from "../context.ts";
import { run } from "../context.ts";

export async function listVolumes(context: Context, tenant: string, filter: { readonly provider?: string | undefined; readonly name?: string | undefined }): Promise<readonly Volume[]> {
  let query = context.builder.selectFrom("volumes").selectAll().where("tenant", "=", tenant);
  if (filter.provider !== undefined) query = query.where("provider", "=", filter.provider);
  if (filter.name !== undefined) query = query.where("name", "=", filter.name);
  const rows = await run(context, query.orderBy("created_at", "desc").orderBy("id"), { kind: "read" });
  return rows.map(volumeOf);
}
