import * as z from "zod";
import type { JsonObject } from "../json.ts";
import { count, jsonObject, timestamp, uuidField, wholeNumber } from "./fields.ts";
import { parse } from "./parse.ts";

/** One row of `GET /sessions/{id}/log`, oldest first. */
export interface LogRowAnswer {
  readonly id: number;
  readonly event_type: string;
  readonly payload: JsonObject;
  readonly created_at: string;
  readonly session_id: string;
}

export const logQuery: z.ZodType<{ readonly limit?: number | undefined }> = z.object({ limit: wholeNumber(1, 10_000).optional() });

export const logRowAnswerSchema: z.ZodType<LogRowAnswer> = z
  .object({ id: count, event_type: z.string(), payload: jsonObject, created_at: timestamp, session_id: uuidField })
  .meta({ id: "LogRowAnswer" });

/** @throws AgentSdkError `bad_request` */
export function parseLogQuery(query: Readonly<Record<string, string>>): { readonly limit: number } {
  return { limit: parse(logQuery, query).limit ?? 500 };
}

export function logRowAnswer(sessionId: string, row: { readonly id: number; readonly eventType: string; readonly payload: JsonObject; readonly createdAt: Date }): LogRowAnswer {
  return { id: row.id, event_type: row.eventType, payload: row.payload, created_at: row.createdAt.toISOString(), session_id: sessionId };
}
