import * as z from "zod";
import { scopes, type ApiKey, type Scope } from "../access.ts";
import { line, timestamp, uuidField, wholeNumber } from "./fields.ts";
import { parse, parseBody } from "./parse.ts";

/** The body of `POST /keys`. */
export interface CreateKeyBody {
  /** For people. */
  readonly name?: string | null | undefined;
  /** `sessions` where it is not given. */
  readonly scopes?: readonly Scope[] | null | undefined;
  /** The caller's own where it is not given; another needs an administrator of the tenant `default`. */
  readonly tenant?: string | null | undefined;
  /** For ever where it is not given. */
  readonly ttl_seconds?: number | null | undefined;
}

/** One key, as it is listed. */
export interface KeyRow {
  readonly id: string;
  readonly tenant: string;
  readonly name: string | null;
  readonly scopes: readonly Scope[];
  /** The key's beginning, to recognise it by. */
  readonly prefix: string;
  readonly created_at: string;
  readonly expires_at: string | null;
}

/** `POST /keys`: the only answer that shows the key. */
export interface CreateKeyAnswer extends KeyRow {
  readonly key: string;
}

/** The query of `GET /keys`. */
export interface KeyListQuery {
  readonly tenant?: string | undefined;
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

export const tenantField: z.ZodString = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, { error: "must be 1 to 63 small letters, digits and hyphens" });
const scopeField = z.enum(["admin", "read", "sessions"], { error: `must be ${scopes.join(", ")}` });
const tenYears = 315_360_000;

export const createKeyBody: z.ZodType<CreateKeyBody> = z
  .strictObject({ name: line(128).nullish(), scopes: z.array(scopeField).min(1).max(3).nullish(), tenant: tenantField.nullish(), ttl_seconds: z.int().min(1).max(tenYears).nullish() })
  .meta({ id: "CreateKeyBody" });

const keyRowFields = {
  id: uuidField,
  tenant: tenantField,
  name: z.string().nullable(),
  scopes: z.array(scopeField),
  prefix: z.string(),
  created_at: timestamp,
  expires_at: timestamp.nullable(),
};

export const keyRowSchema: z.ZodType<KeyRow> = z.object(keyRowFields).meta({ id: "KeyRow" });

export const createKeyAnswerSchema: z.ZodType<CreateKeyAnswer> = z.object({ ...keyRowFields, key: z.string() }).meta({ id: "CreateKeyAnswer" });

export const keyListQuery: z.ZodType<KeyListQuery> = z.object({ tenant: tenantField.optional(), limit: wholeNumber(1, 500).optional(), cursor: line(1024).optional() });

export const deleteKeyQuery: z.ZodType<{ readonly tenant?: string | undefined }> = z.object({ tenant: tenantField.optional() });

const defaultLimit = 100;

/** @throws AgentSdkError `bad_request` */
export function parseCreateKey(body: unknown): { readonly name: string | null; readonly scopes: readonly Scope[]; readonly tenant: string | undefined; readonly ttlMs: number | null } {
  const { name, scopes: given, tenant, ttl_seconds: ttl } = parseBody(createKeyBody, body, { storable: true });
  return { name: name ?? null, scopes: [...new Set(given ?? ["sessions" as const])], tenant: tenant ?? undefined, ttlMs: ttl ? ttl * 1000 : null };
}

/** @throws AgentSdkError `bad_request` */
export function parseKeyList(query: Readonly<Record<string, string>>): { readonly tenant: string | undefined; readonly limit: number; readonly cursor: string | undefined } {
  const { tenant, limit, cursor } = parse(keyListQuery, query);
  return { tenant, limit: limit ?? defaultLimit, cursor };
}

/** @throws AgentSdkError `bad_request` */
export function parseDeleteKey(query: Readonly<Record<string, string>>): { readonly tenant: string | undefined } {
  return { tenant: parse(deleteKeyQuery, query).tenant };
}

export function keyRow(key: ApiKey): KeyRow {
  const { id, tenant, name, scopes: given, prefix } = key;
  return { id, tenant, name, scopes: given, prefix, created_at: key.createdAt.toISOString(), expires_at: key.expiresAt?.toISOString() ?? null };
}

export function createKeyAnswer(key: ApiKey, secret: string): CreateKeyAnswer {
  return { ...keyRow(key), key: secret };
}
