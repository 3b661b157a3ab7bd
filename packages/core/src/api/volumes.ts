import * as z from "zod";
import type { Volume } from "../session.ts";
import { queryFlag, resourceName, timestamp, uuidField } from "./fields.ts";
import { pageFields, pageOf, type PageQuery } from "./paging.ts";
import { parse, parseBody } from "./parse.ts";

/** The body of `POST /volumes`. */
export interface CreateVolumeBody {
  readonly name: string;
  /** `unix_local` when absent. */
  readonly provider?: string | null | undefined;
}

/** A volume. */
export interface VolumeAnswer {
  readonly id: string;
  readonly name: string;
  readonly provider: string;
  /** The provider's own name of it; null until it is made. */
  readonly provider_ref: string | null;
  readonly status: "creating" | "deleting" | "ready";
  readonly created_at: string;
}

/** The query of `GET /volumes`. */
export interface VolumeListQuery extends PageQuery {
  readonly provider?: string | undefined;
}

/** Where the volume of the path is looked for, when its name is not enough. */
export interface VolumeScopeQuery {
  readonly provider?: string | undefined;
}

/** The query of `DELETE /volumes/{volume}`. */
export interface DeleteVolumeQuery extends VolumeScopeQuery {
  /** Its sessions go, too. */
  readonly force?: boolean | undefined;
}

/** `GET …/files/exists`. */
export interface FileExistsAnswer {
  readonly exists: boolean;
}

export const createVolumeBody: z.ZodType<CreateVolumeBody> = z.strictObject({ name: resourceName, provider: resourceName.nullish() }).meta({ id: "CreateVolumeBody" });

export const volumeListQuery: z.ZodType<VolumeListQuery> = z.object({ provider: resourceName.optional(), ...pageFields });

export const volumeScopeQuery: z.ZodType<VolumeScopeQuery> = z.object({ provider: resourceName.optional() });

export const deleteVolumeQuery: z.ZodType<DeleteVolumeQuery> = z.object({ provider: resourceName.optional(), force: queryFlag.optional() });

export const volumeAnswerSchema: z.ZodType<VolumeAnswer> = z
  .object({
    id: uuidField,
    name: z.string(),
    provider: z.string(),
    provider_ref: z.string().nullable(),
    status: z.enum(["creating", "deleting", "ready"]),
    created_at: timestamp,
  })
  .meta({ id: "VolumeAnswer" });

export const fileExistsAnswerSchema: z.ZodType<FileExistsAnswer> = z.object({ exists: z.boolean() }).meta({ id: "FileExistsAnswer" });

/** True for what could be a volume's id or name. */
export function isVolumeName(value: string): boolean {
  return resourceName.safeParse(value).success;
}

/** @throws AgentSdkError `bad_request` */
export function parseCreateVolume(body: unknown): { readonly name: string; readonly provider: string } {
  const { name, provider } = parseBody(createVolumeBody, body);
  return { name, provider: provider ?? "unix_local" };
}

/** @throws AgentSdkError `bad_request` */
export function parseVolumeList(query: Readonly<Record<string, string>>): { readonly provider: string | undefined; readonly limit: number; readonly cursor: string | undefined } {
  const { provider, ...page } = parse(volumeListQuery, query);
  return { provider, ...pageOf(page) };
}

/** @throws AgentSdkError `bad_request` */
export function parseVolumeScope(query: Readonly<Record<string, string>>): { readonly provider: string | undefined } {
  return { provider: parse(volumeScopeQuery, query).provider };
}

/** @throws AgentSdkError `bad_request` */
export function parseDeleteVolume(query: Readonly<Record<string, string>>): { readonly provider: string | undefined; readonly force: boolean } {
  const { provider, force } = parse(deleteVolumeQuery, query);
  return { provider, force: force ?? false };
}

export function volumeAnswer(volume: Volume): VolumeAnswer {
  const { id, name, provider, providerRef, status, createdAt } = volume;
  return { id, name, provider, provider_ref: providerRef, status, created_at: createdAt.toISOString() };
}
