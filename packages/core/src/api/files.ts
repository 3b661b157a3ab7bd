import * as z from "zod";
import { AgentSdkError } from "../errors.ts";
import type { FileEdit, FileEntry } from "../supervisor.ts";
import { count, queryFlag, text, timestamp } from "./fields.ts";
import { parse, parseBody } from "./parse.ts";

/** The body of `POST …/files/edit`: the whole content, or a replacement. */
export interface EditFileBody {
  readonly path: string;
  readonly content?: string | null | undefined;
  readonly old_string?: string | null | undefined;
  readonly new_string?: string | null | undefined;
  readonly replace_all?: boolean | null | undefined;
}

/** The body of `POST …/files/upload` as JSON; `content` in base64. */
export interface UploadFileBody {
  readonly path: string;
  readonly content: string;
}

export interface DeleteFileBody {
  readonly path: string;
}

export interface RenameFileBody {
  readonly path: string;
  readonly new_path: string;
  readonly overwrite?: boolean | null | undefined;
}

export interface FileEntryAnswer {
  readonly path: string;
  readonly kind: FileEntry["kind"];
  readonly size: number;
  readonly modified_at: string;
}

/** `tree`: one path a line, directories with a slash behind. `entries` with `?stat=1`. */
export interface FileTreeAnswer {
  readonly tree: string;
  readonly entries?: readonly FileEntryAnswer[] | undefined;
}

/** Text where the file is UTF-8, base64 where it is not. */
export type ReadFileAnswer = { readonly content: string } | { readonly content_base64: string };

export interface EditFileAnswer {
  readonly status: "ok";
  readonly path: string;
  readonly replacements: number;
}

export interface UploadFileAnswer {
  readonly status: "ok";
  readonly path: string;
  readonly size: number;
}

export interface FileChangeAnswer {
  readonly status: "ok";
  readonly path: string;
  readonly new_path?: string | undefined;
}

/** The largest file that the JSON form of upload takes; the binary form has no limit. */
export const maxBase64UploadBytes: number = 20 * 1024 * 1024;

const path = text(4096);

/** True for a relative path that leads above where it starts, whatever there is on the disk. */
export function climbsOut(candidate: string): boolean {
  if (candidate.startsWith("/")) return candidate.split("/").includes("..");
  let depth = 0;
  for (const part of candidate.split(/[/\\]/)) {
    if (part === "..") depth -= 1;
    else if (part !== "" && part !== ".") depth += 1;
    if (depth < 0) return true;
  }
  return false;
}

/** A first look, before any sandbox is woken; what a path resolves to is checked where the files are. */
function confined(candidate: string): string {
  if (climbsOut(candidate)) throw new AgentSdkError("forbidden", "The path leads outside the root.", { details: { path: candidate } });
  return candidate;
}

export const editFileBody: z.ZodType<EditFileBody> = z.strictObject({
  path,
  content: z.string().nullish(),
  old_string: z.string().min(1).nullish(),
  new_string: z.string().nullish(),
  replace_all: z.boolean().nullish(),
}).meta({ id: "EditFileBody" });

export const uploadFileBody: z.ZodType<UploadFileBody> = z.strictObject({ path, content: z.string() }).meta({ id: "UploadFileBody" });

export const deleteFileBody: z.ZodType<DeleteFileBody> = z.strictObject({ path }).meta({ id: "DeleteFileBody" });

export const renameFileBody: z.ZodType<RenameFileBody> = z.strictObject({ path, new_path: path, overwrite: z.boolean().nullish() }).meta({ id: "RenameFileBody" });

/** The query that names one file. */
export const pathQuery: z.ZodType<{ readonly path: string }> = z.object({ path });

/** The query of `GET …/files/tree`. */
export const treeQuery: z.ZodType<{ readonly path?: string | undefined; readonly stat?: boolean | undefined }> = z.object({ path: text(4096, 0).optional(), stat: queryFlag.optional() });

const fileEntryAnswer: z.ZodType<FileEntryAnswer> = z
  .object({ path: z.string(), kind: z.enum(["directory", "file", "other", "symlink"]), size: count, modified_at: timestamp })
  .meta({ id: "FileEntryAnswer" });

export const fileTreeAnswerSchema: z.ZodType<FileTreeAnswer> = z.object({ tree: z.string(), entries: z.array(fileEntryAnswer).optional() }).meta({ id: "FileTreeAnswer" });

export const readFileAnswerSchema: z.ZodType<ReadFileAnswer> = z
  .union([z.object({ content: z.string() }), z.object({ content_base64: z.string() })])
  .meta({ id: "ReadFileAnswer", description: "Text where the file is UTF-8, base64 where it is not." });

export const editFileAnswerSchema: z.ZodType<EditFileAnswer> = z.object({ status: z.literal("ok"), path: z.string(), replacements: count }).meta({ id: "EditFileAnswer" });

export const uploadFileAnswerSchema: z.ZodType<UploadFileAnswer> = z.object({ status: z.literal("ok"), path: z.string(), size: count }).meta({ id: "UploadFileAnswer" });

export const fileChangeAnswerSchema: z.ZodType<FileChangeAnswer> = z.object({ status: z.literal("ok"), path: z.string(), new_path: z.string().optional() }).meta({ id: "FileChangeAnswer" });

/** @throws AgentSdkError `bad_request`, `forbidden` */
export function parsePathQuery(query: Readonly<Record<string, string>>): string {
  return confined(parse(pathQuery, query).path);
}

/** @throws AgentSdkError `bad_request`, `forbidden` */
export function parseTreeQuery(query: Readonly<Record<string, string>>): { readonly path: string; readonly stat: boolean } {
  const { path: given, stat } = parse(treeQuery, query);
  return { path: confined(given || "."), stat: stat ?? false };
}

/** @throws AgentSdkError `bad_request`, `forbidden` */
export function parseEditFile(body: unknown): FileEdit {
  const fields = parseBody(editFileBody, body);
  const target = confined(fields.path);
  const { content, old_string: oldString, new_string: newString } = fields;
  const given = [content, oldString, newString].map((value) => value !== undefined && value !== null);
  if (given.join() === "true,false,false") return { path: target, content: content ?? "" };
  if (given.join() === "false,true,true") return { path: target, oldString: oldString ?? "", newString: newString ?? "", replaceAll: fields.replace_all ?? false };
  throw new AgentSdkError("bad_request", 'Give either "content", or "old_string" and "new_string".', { details: { field: "content" } });
}

/** The content is still base64. @throws AgentSdkError `bad_request`, `forbidden` */
export function parseUploadFile(body: unknown): UploadFileBody {
  const fields = parseBody(uploadFileBody, body);
  return { path: confined(fields.path), content: fields.content };
}

/** @throws AgentSdkError `bad_request`, `forbidden` */
export function parseDeleteFile(body: unknown): string {
  return confined(parseBody(deleteFileBody, body).path);
}

/** @throws AgentSdkError `bad_request`, `forbidden` */
export function parseRenameFile(body: unknown): { readonly path: string; readonly newPath: string; readonly overwrite: boolean } {
  const fields = parseBody(renameFileBody, body);
  return { path: confined(fields.path), newPath: confined(fields.new_path), overwrite: fields.overwrite ?? true };
}

function entryAnswer(entry: FileEntry): FileEntryAnswer {
  return { path: entry.path, kind: entry.kind, size: entry.size, modified_at: new Date(entry.modifiedAt).toISOString() };
}

export function fileTreeAnswer(entries: readonly FileEntry[], options: { readonly stat: boolean }): FileTreeAnswer {
  const tree = entries.map((entry) => (entry.kind === "directory" ? `${entry.path}/` : entry.path)).join("\n");
  return options.stat ? { tree, entries: entries.map(entryAnswer) } : { tree };
}
