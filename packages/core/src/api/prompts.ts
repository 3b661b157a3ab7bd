import * as z from "zod";
import type { JsonObject, JsonValue } from "../json.ts";
import type { OnSandboxLoss, Prompt, PromptState } from "../prompt.ts";
import { count, jsonObject, jsonValue, promptId, timestamp, wholeNumber } from "./fields.ts";
import { parse } from "./parse.ts";

/** One prompt with its state and times. */
export interface PromptRow {
  readonly rpc_id: string;
  readonly position: number;
  readonly status: PromptState;
  readonly message: readonly JsonObject[];
  readonly model: string | null;
  readonly on_sandbox_loss: OnSandboxLoss;
  readonly attempt: number;
  readonly cancel_requested_at: string | null;
  readonly stop_reason: string | null;
  readonly error: JsonValue;
  readonly created_at: string;
  readonly started_at: string | null;
  readonly ended_at: string | null;
}

/** `GET /sessions/{id}/prompts`, by position. */
export interface PromptsAnswer {
  readonly prompts: readonly PromptRow[];
}

/** The query of `GET /sessions/{id}/prompts`. */
export const promptsQuery: z.ZodType<{ readonly limit?: number | undefined }> = z.object({ limit: wholeNumber(1, 1000).optional() });

export const promptRowSchema: z.ZodType<PromptRow> = z
  .object({
    rpc_id: promptId,
    position: count,
    status: z.enum(["queued", "running", "done", "failed", "cancelled"]),
    message: z.array(jsonObject),
    model: z.string().nullable(),
    on_sandbox_loss: z.enum(["retry", "fail"]),
    attempt: count,
    cancel_requested_at: timestamp.nullable(),
    stop_reason: z.string().nullable(),
    error: jsonValue,
    created_at: timestamp,
    started_at: timestamp.nullable(),
    ended_at: timestamp.nullable(),
  })
  .meta({ id: "PromptRow" });

export const promptsAnswerSchema: z.ZodType<PromptsAnswer> = z.object({ prompts: z.array(promptRowSchema) }).meta({ id: "PromptsAnswer" });

/** @throws AgentSdkError `bad_request` */
export function parsePromptsQuery(query: Readonly<Record<string, string>>): { readonly limit: number } {
  return { limit: parse(promptsQuery, query).limit ?? 100 };
}

function time(date: Date | null): string | null {
  return date === null ? null : date.toISOString();
}

export function promptRow(prompt: Prompt): PromptRow {
  return {
    rpc_id: prompt.rpcId,
    position: prompt.position,
    status: prompt.state,
    message: prompt.content,
    model: prompt.model,
    on_sandbox_loss: prompt.onSandboxLoss,
    attempt: prompt.attempt,
    cancel_requested_at: time(prompt.cancelRequestedAt),
    stop_reason: prompt.stopReason,
    error: prompt.error,
    created_at: prompt.createdAt.toISOString(),
    started_at: time(prompt.startedAt),
    ended_at: time(prompt.endedAt),
  };
}
