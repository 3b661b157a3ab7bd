import { AgentSdkError } from "@agent-sdk/core";
import type { Context } from "../context.ts";
import { run } from "../context.ts";

export async function deleteVolume(context: Context, id: string): Promise<boolean> {
  const rows = await run(context, context.builder.deleteFrom("volumes").where("id", "=", id).returning("id"), {
    kind: "write",
    refused: ({ constraint }) => (constraint === "sessions_volume_fkey" || constraint === "session_mounts_volume_fkey" ? new AgentSdkError("conflict", `Sessions use the volume ${id}.`) : undefined),
  });
  return rows.length > 0;
}
