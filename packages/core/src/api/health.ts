import * as z from "zod";
import { count } from "./fields.ts";

/** `GET /health`. The counts only for who may use the sessions. */
export interface HealthAnswer {
  readonly status: "ok";
  readonly version: string;
  readonly sessions?: number | undefined;
  readonly busy_sessions?: number | undefined;
}

export const healthAnswerSchema: z.ZodType<HealthAnswer> = z
  .object({ status: z.literal("ok"), version: z.string(), sessions: count.optional(), busy_sessions: count.optional() })
  .meta({ id: "HealthAnswer" });

export function healthAnswer(version: string, counts: { readonly sessions: number; readonly busy: number } | null): HealthAnswer {
  return counts === null ? { status: "ok", version } : { status: "ok", sessions: counts.sessions, busy_sessions: counts.busy, version };
}
