import * as z from "zod";
import type { SessionToken, TokenScope } from "../access.ts";
import { timestamp, uuidField } from "./fields.ts";
import { parseBody } from "./parse.ts";

/** The body of `POST /sessions/{id}/tokens`. */
export interface CreateTokenBody {
  /** All of them where it is not given: `read` watches, `prompt` sends and ends prompts, `permissions` answers the agent's questions. */
  readonly scopes?: readonly TokenScope[] | null | undefined;
  /** An hour where it is not given, a day at most. */
  readonly ttl_seconds?: number | null | undefined;
}

/** The only answer that shows the token. */
export interface CreateTokenAnswer {
  readonly token: string;
  readonly id: string;
  readonly session_id: string;
  readonly scopes: readonly TokenScope[];
  readonly expires_at: string;
}

const tokenScopes: readonly TokenScope[] = ["read", "prompt", "permissions"];
const scopeField = z.enum(["permissions", "prompt", "read"], { error: `must be ${tokenScopes.join(", ")}` });

export const createTokenBody: z.ZodType<CreateTokenBody> = z
  .strictObject({ scopes: z.array(scopeField).min(1).max(3).nullish(), ttl_seconds: z.int().min(1).max(86_400).nullish() })
  .meta({ id: "CreateTokenBody" });

export const createTokenAnswerSchema: z.ZodType<CreateTokenAnswer> = z
  .object({ token: z.string(), id: z.string(), session_id: uuidField, scopes: z.array(scopeField), expires_at: timestamp })
  .meta({ id: "CreateTokenAnswer" });

const defaultSeconds = 3600;

/** @throws AgentSdkError `bad_request` */
export function parseCreateToken(body: unknown): { readonly scopes: readonly TokenScope[]; readonly ttlMs: number } {
  const { scopes, ttl_seconds: seconds } = parseBody(createTokenBody, body);
  return { scopes: [...new Set(scopes ?? tokenScopes)], ttlMs: (seconds ?? defaultSeconds) * 1000 };
}

export function createTokenAnswer(token: SessionToken, secret: string): CreateTokenAnswer {
  return { token: secret, id: token.id, session_id: token.sessionId, scopes: token.scopes, expires_at: token.expiresAt.toISOString() };
}
