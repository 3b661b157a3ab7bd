import type * as z from "zod";
import type { Scope, TokenScope } from "../../access.ts";
import type { ApiErrorCode } from "../error-answer.ts";

export type OperationMethod = "DELETE" | "GET" | "POST" | "PUT";

/** What a successful answer bears. `none`: no body. */
export type AnswerContent =
  | { readonly kind: "json"; readonly schema: z.ZodType }
  | { readonly kind: "events" }
  | { readonly kind: "bytes"; readonly mediaType: string }
  | { readonly kind: "text"; readonly mediaType: string }
  | { readonly kind: "none" };

export interface Answer {
  readonly description: string;
  /** Several where the caller's `Accept` decides. */
  readonly content: AnswerContent | readonly AnswerContent[];
  /** Headers that the answer may bear, with what each says. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

export interface RequestBody {
  /** The JSON form; absent where only bytes are taken. */
  readonly schema?: z.ZodType | undefined;
  /** Whether the body may also be sent as `application/octet-stream`. */
  readonly bytes?: boolean | undefined;
  readonly required: boolean;
}

/** One route of the HTTP interface: everything that a caller, the server and the description need to know of it. */
export interface Operation {
  /** Unique; what generated clients name their method by. */
  readonly id: string;
  readonly method: OperationMethod;
  /** As OpenAPI writes it: `/sessions/{id}/prompts/{rpc_id}`. */
  readonly path: string;
  /** The heading that it stands under. */
  readonly tag: string;
  readonly summary: string;
  readonly description?: string | undefined;
  /** Null: it answers everybody. */
  readonly scope: Scope | null;
  /** What it answers or does concerns other tenants than the caller's, too: it needs a key of the tenant `default`. */
  readonly acrossTenants?: boolean | undefined;
  /** What a session's token must allow to be taken in place of a key; absent: none is. */
  readonly tokenScope?: TokenScope | undefined;
  readonly takesIdempotencyKey: boolean;
  /** One for each name in the path. */
  readonly pathParameters?: Readonly<Record<string, z.ZodType>> | undefined;
  /** An object schema; its members are the parameters. */
  readonly query?: z.ZodType | undefined;
  readonly headers?: Readonly<Record<string, { readonly schema: z.ZodType; readonly description: string }>> | undefined;
  readonly body?: RequestBody | undefined;
  /** By status. */
  readonly answers: Readonly<Record<number, Answer>>;
  /** Beyond those that every operation has, see {@link errorCodesOf}. */
  readonly errors: readonly ApiErrorCode[];
}

/** What a server may always say. */
const everywhere: readonly ApiErrorCode[] = ["bad_request", "unauthenticated", "forbidden", "rate_limited", "draining", "unavailable", "internal"];
const withBody: readonly ApiErrorCode[] = ["too_large", "unsupported_media_type"];
const withKey: readonly ApiErrorCode[] = ["conflict", "not_supported"];

/** What a call can fail with that needs a session's sandbox. */
export const sandboxErrors: readonly ApiErrorCode[] = ["not_found", "conflict", "not_supported", "provider_failed", "sandbox_failed", "superseded", "timeout"];

/** Every code that an operation's errors may bear. */
export function errorCodesOf(operation: Operation): ReadonlySet<ApiErrorCode> {
  const { body, takesIdempotencyKey, errors } = operation;
  return new Set([...everywhere, ...(body === undefined ? [] : withBody), ...(takesIdempotencyKey ? withKey : []), ...errors]);
}

/** A body of JSON. */
export function json(description: string, schema: z.ZodType): Answer {
  return { description, content: { kind: "json", schema } };
}

/** A page of a list: a bare array, with the address of the next page in a header. */
export function page(description: string, schema: z.ZodType): Answer {
  return { description, content: { kind: "json", schema }, headers: { Link: '`<address>; rel="next"` where there is more.' } };
}

/** An event stream, whose frames the description of the stream tells. */
export function events(description: string): Answer {
  return { description, content: { kind: "events" } };
}

/** No body. */
export function none(description: string): Answer {
  return { description, content: { kind: "none" } };
}
