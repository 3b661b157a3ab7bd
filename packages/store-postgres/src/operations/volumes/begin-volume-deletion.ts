import type { Volume } from "@agent-sdk/core";
import { AgentSdkError } from "@agent-sdk/core";
import type { Selectable } from "kysely";
import type { Schema } from "../../rows/schema.ts";
import { volumeOf } from "../../rows/volume.ts";
import type { Context } from "../context.ts";

type Row = Selectable<Schema["volumes"]> & { readonly outcome: "missing" | "in_use" | "deleting" };

export async function beginVolumeDeletion({ database, schema }: Context, id: string, force: boolean): Promise<Volume | null> {
  const sql = `select b.outcome, (b.volume).* from ${schema}.begin_volume_deletion($1, $2) b`;
  const [row] = await database.run<Row>({ sql, parameters: [id, force] }, { kind: "write" });
  if (row === undefined || row.outcome === "missing") return null;
  if (row.outcome === "in_use") throw new AgentSdkError("conflict", `Sessions use the volume ${id}.`);
  return volumeOf(row);
}
