import * as z from "zod";
import { AgentSdkError } from "../errors.ts";
import type { JsonValue } from "../json.ts";
import type { Question, QuestionAnswer, QuestionKind, QuestionState } from "../question.ts";
import { askedFields, verdictFields, type AskedFields, type VerdictFields } from "../question-fields.ts";
import { jsonObject, promptId, text, timestamp, uuidField, wholeNumber } from "./fields.ts";
import { parse, parseBody } from "./parse.ts";

/** A question of the agent. `tool_call` and `options` are a permission's; `mode`, `message`, `requested_schema`, `url` and `elicitation_id` an elicitation's. */
export interface PermissionRow extends AskedFields, VerdictFields {
  readonly request_id: string;
  readonly kind: QuestionKind;
  /** `answered`: accepted; `delivered`: the agent has it; `lost`: the agent that asked is gone. */
  readonly status: QuestionState;
  readonly rpc_id: string | null;
  /** Which policy answered; null where somebody did. */
  readonly policy: string | null;
  readonly answered_by: string | null;
  readonly created_at: string;
  readonly expires_at: string | null;
  readonly answered_at: string | null;
  readonly settled_at: string | null;
}

/** `GET /sessions/{id}/permissions`, oldest first. */
export interface PermissionsAnswer {
  readonly permissions: readonly PermissionRow[];
}

type FormValue = boolean | number | string | readonly string[];

/** The body of `POST /sessions/{id}/permissions/{request_id}`: an option, or that there is none; for an elicitation an action, and what was filled in. */
export interface AnswerPermissionBody {
  readonly option_id?: string | null | undefined;
  readonly outcome?: "cancelled" | null | undefined;
  readonly action?: "accept" | "cancel" | "decline" | null | undefined;
  readonly content?: Readonly<Record<string, FormValue>> | null | undefined;
}

export interface PermissionsQuery {
  readonly status?: "all" | "open" | undefined;
  readonly limit?: number | undefined;
}

const option = z.object({ option_id: z.string(), kind: z.string(), name: z.string() });

export const permissionRowSchema: z.ZodType<PermissionRow> = z
  .object({
    request_id: uuidField,
    kind: z.enum(["permission", "elicitation"]),
    status: z.enum(["open", "answered", "delivered", "lost"]),
    rpc_id: promptId.nullable(),
    tool_call: jsonObject.nullable(),
    options: z.array(option),
    mode: z.string().nullable(),
    message: z.string().nullable(),
    requested_schema: jsonObject.nullable(),
    url: z.string().nullable(),
    elicitation_id: z.string().nullable(),
    outcome: jsonObject.nullable(),
    option_kind: z.string().nullable(),
    option_name: z.string().nullable(),
    action: z.string().nullable(),
    policy: z.string().nullable(),
    answered_by: z.string().nullable(),
    created_at: timestamp,
    expires_at: timestamp.nullable(),
    answered_at: timestamp.nullable(),
    settled_at: timestamp.nullable(),
  })
  .meta({ id: "PermissionRow" });

export const permissionsAnswerSchema: z.ZodType<PermissionsAnswer> = z.object({ permissions: z.array(permissionRowSchema) }).meta({ id: "PermissionsAnswer" });

export const permissionsQuery: z.ZodType<PermissionsQuery> = z.object({ status: z.enum(["open", "all"]).optional(), limit: wholeNumber(1, 1000).optional() });

const formValue: z.ZodType<FormValue> = z.union([z.string().max(65_536), z.number(), z.boolean(), z.array(z.string().max(65_536)).max(1000)], { error: "must be text, a number, true or false, or a list of texts" });

export const answerPermissionBody: z.ZodType<AnswerPermissionBody> = z
  .strictObject({
    option_id: text(16_384, 0).nullish(),
    outcome: z.literal("cancelled").nullish(),
    action: z.enum(["accept", "decline", "cancel"]).nullish(),
    content: z.record(z.string().max(256), formValue).nullish(),
  })
  .meta({ id: "AnswerPermissionBody", description: "One of `option_id`, `outcome` and `action`; `content` with `action: accept` alone." });

/** @throws AgentSdkError `bad_request` */
export function parsePermissionsQuery(query: Readonly<Record<string, string>>): { readonly status: "all" | "open"; readonly limit: number } {
  const { status, limit } = parse(permissionsQuery, query);
  return { status: status ?? "open", limit: limit ?? 100 };
}

function refuse(message: string, field: string): never {
  throw new AgentSdkError("bad_request", message, { details: { field } });
}

/** @throws AgentSdkError `bad_request` */
export function parseAnswerPermission(body: unknown): QuestionAnswer {
  const fields = parseBody(answerPermissionBody, body, { storable: true });
  const { option_id: optionId = null, outcome: cancelled = null, action = null, content = null } = fields;
  if ([optionId, cancelled, action].filter((given) => given !== null).length !== 1) refuse('The body must have one of "option_id", "outcome" and "action".', "option_id");
  if (content !== null && action !== "accept") refuse('Field "content": belongs to the action accept.', "content");
  if (optionId !== null) return { type: "option", optionId };
  return action === null ? { type: "cancelled" } : { type: "action", action, content: content as Readonly<Record<string, JsonValue>> | null };
}

function time(date: Date | null): string | null {
  return date === null ? null : date.toISOString();
}

export function permissionRow(question: Question): PermissionRow {
  const { verdict } = question;
  const decided: VerdictFields = verdict === null ? { outcome: null, option_kind: null, option_name: null, action: null } : verdictFields(question, verdict);
  return {
    request_id: question.id,
    kind: question.kind,
    status: question.state,
    rpc_id: question.rpcId,
    ...askedFields(question),
    ...decided,
    policy: verdict === null || verdict.decidedBy === "caller" ? null : verdict.decidedBy,
    answered_by: verdict?.caller ?? null,
    created_at: question.createdAt.toISOString(),
    expires_at: time(question.expiresAt),
    answered_at: time(question.decidedAt),
    settled_at: time(question.settledAt),
  };
}
