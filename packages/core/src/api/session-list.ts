import * as z from "zod";
import { parse } from "./parse.ts";
import { line, uuidField, wholeNumber } from "./fields.ts";
import type { SessionStatusWord } from "./session-answers.ts";

/** The query of `GET /sessions`. */
export interface SessionListQuery {
  readonly status?: SessionStatusWord | undefined;
  readonly agent_id?: string | undefined;
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

export const sessionListQuery: z.ZodType<SessionListQuery> = z.object({
  status: z.enum(["active", "hibernated"]).optional(),
  agent_id: uuidField.optional(),
  limit: wholeNumber(1, 500).optional(),
  cursor: line(1024).optional(),
});

const defaultLimit = 100;

/** @throws AgentSdkError `bad_request` */
export function parseSessionList(query: Readonly<Record<string, string>>): {
  readonly status: SessionStatusWord | undefined;
  readonly agentId: string | undefined;
  readonly limit: number;
  readonly cursor: string | undefined;
} {
  const { status, agent_id: agentId, limit, cursor } = parse(sessionListQuery, query);
  return { status, agentId, limit: limit ?? defaultLimit, cursor };
}
