import type { EventStore, StoredEvent } from "@agent-sdk/core";
import { AgentSdkError } from "@agent-sdk/core";
import type { Context } from "../context.ts";

interface Row {
  readonly first_seq: number;
  readonly seq: number | null;
  readonly rpc_id: string | null;
  readonly message: string;
  readonly created_at: Date;
}

/** `bytes_before` counts the text of the rows before one: the first always passes. Sizes come from the rows' headers, the text is not unpacked for them. */
const textFor = (schema: string, filter: string): string => `select h.first_seq, e.seq, e.rpc_id, e.message, e.created_at from ${schema}.session_heads h
  left join lateral (
    select * from (
      select c.*, sum(octet_length(c.message)) over (order by c.seq) - octet_length(c.message) as bytes_before
      from (select v.* from ${schema}.events v where v.session_id = h.session_id and v.seq > $2 ${filter} order by v.seq limit $3) c
    ) w where w.bytes_before < $4
  ) e on true
  where h.session_id = $1 order by e.seq`;

/** Whether a row was found and what is kept are read in the same statement as the events: no retention falls in between. */
export async function readEvents({ database, schema }: Context, sessionId: string, options: Parameters<EventStore["read"]>[1]): Promise<readonly StoredEvent[]> {
  const { after, limit, maxBytes, rpcId } = options;
  const parameters = [sessionId, after, limit, maxBytes ?? Number.MAX_SAFE_INTEGER];
  const statement =
    rpcId === undefined
      ? { name: "read_events", sql: textFor(schema, ""), parameters }
      : { name: "read_prompt_events", sql: textFor(schema, "and v.rpc_id = $5"), parameters: [...parameters, rpcId] };
  const rows = await database.run<Row>(statement, { kind: "read" });
  const [first] = rows;
  if (first === undefined) throw new AgentSdkError("not_found", `There is no session ${sessionId}.`);
  if (after < first.first_seq - 1) {
    throw new AgentSdkError("cursor_expired", `Events before ${first.first_seq} are not kept.`, { details: { first_seq: first.first_seq } });
  }
  if (first.seq === null) return [];
  return rows.map(({ seq, rpc_id, message, created_at }) => ({ sessionId, seq: seq as number, rpcId: rpc_id, message, createdAt: created_at }));
}
