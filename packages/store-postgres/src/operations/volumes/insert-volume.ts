import type { Volume, VolumeStore } from "@agent-sdk/core";
import { AgentSdkError } from "@agent-sdk/core";
import { volumeOf } from "../../rows/volume.ts";
import type { Context } from "../context.ts";
import { run } from "../context.ts";

export async function insertVolume(context: Context, volume: Parameters<VolumeStore["insert"]>[0]): Promise<Volume> {
  const { id, tenant, name, provider } = volume;
  const rows = await run(context, context.builder.insertInto("volumes").values({ id, tenant, name, provider }).returningAll(), {
    kind: "write",
    refused: ({ code }) => (code === "23505" ? new AgentSdkError("conflict", `There is a volume ${name} at ${provider} already.`) : undefined),
  });
  return rows.map(volumeOf)[0] as Volume;
}
