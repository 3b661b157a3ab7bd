import * as z from "zod";
import { AgentSdkError } from "../errors.ts";
import { line, promptId, queryFlag, wholeNumber } from "./fields.ts";
import { parse } from "./parse.ts";

/** The query of `GET /sessions/{id}/events`. */
export interface EventsQuery {
  readonly after?: number | undefined;
  readonly rpc_id?: string | undefined;
  readonly follow?: boolean | undefined;
  /** A session's token, for browsers, whose `EventSource` sends no headers. */
  readonly token?: string | undefined;
}

/** The number of an event, as a query or a header bears it. */
export const eventPosition: z.ZodType<number> = wholeNumber(0, Number.MAX_SAFE_INTEGER);

export const eventsQuery: z.ZodType<EventsQuery> = z.object({ after: eventPosition.optional(), rpc_id: promptId.optional(), follow: queryFlag.optional(), token: line(256).optional() });

function headerPosition(header: string): number {
  const result = eventPosition.safeParse(header);
  if (result.success) return result.data;
  throw new AgentSdkError("bad_request", "Header Last-Event-ID: must be the number of an event.", { details: { field: "Last-Event-ID" } });
}

/**
 * Where a subscription starts. The header wins over `?after=`: a browser's EventSource keeps the URL of its first connection and moves the header on.
 * @throws AgentSdkError `bad_request`
 */
export function parseEventsQuery(
  query: Readonly<Record<string, string>>,
  lastEventId: string | undefined,
): { readonly after: number | undefined; readonly rpcId: string | undefined; readonly follow: boolean } {
  const { after, rpc_id: rpcId, follow } = parse(eventsQuery, query);
  return { after: lastEventId ? headerPosition(lastEventId) : after, rpcId, follow: follow ?? true };
}
