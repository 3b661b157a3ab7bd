import * as z from "zod";
import { AgentSdkError } from "../errors.ts";
import { isJsonObject } from "../json.ts";
import { assertJsonLimits } from "./json-limits.ts";
import { nearestWord } from "./nearest.ts";

type Issue = z.core.$ZodIssue;

function unwrap(schema: unknown): unknown {
  let current = schema;
  while (current instanceof z.ZodOptional || current instanceof z.ZodNullable || current instanceof z.ZodDefault) current = current.unwrap();
  return current;
}

/** The fields that a schema knows at a path; empty where the path leads through something else than objects. */
function knownFields(schema: unknown, path: readonly PropertyKey[]): readonly string[] {
  const object = unwrap(schema);
  const [first, ...rest] = path;
  if (object instanceof z.ZodObject) {
    const shape = object.shape as Readonly<Record<string, unknown>>;
    return first === undefined ? Object.keys(shape) : knownFields(shape[String(first)], rest);
  }
  if (object instanceof z.ZodArray && first !== undefined) return knownFields(object.element, rest);
  if (object instanceof z.ZodUnion) return object.options.flatMap((choice: unknown) => knownFields(choice, path));
  return [];
}

/** Of several shapes that a value may have, what is wrong with the one that it was meant to have: the only one whose inside was looked at. */
function innermost(issue: Issue): Issue {
  if (issue.code !== "invalid_union") return issue;
  const meant = issue.errors.filter((issues) => issues.some((inner) => inner.path.length > 0 || inner.code === "unrecognized_keys"));
  const inner = meant.length === 1 ? (meant[0]?.find((candidate) => candidate.code === "unrecognized_keys") ?? meant[0]?.[0]) : undefined;
  return inner === undefined ? issue : innermost({ ...inner, path: [...issue.path, ...inner.path] });
}

function pathText(path: readonly PropertyKey[]): string {
  return path.map((part, index) => (typeof part === "number" ? `[${part}]` : index === 0 ? String(part) : `.${String(part)}`)).join("");
}

function unknownFieldError(schema: z.ZodType, issue: Issue & { readonly keys: readonly string[] }): AgentSdkError {
  const key = issue.keys[0] ?? "";
  const field = pathText([...issue.path, key]);
  const nearest = nearestWord(key, knownFields(schema, issue.path));
  const hint = nearest === null ? "" : ` The nearest known field is "${nearest}".`;
  return new AgentSdkError("bad_request", `Unknown field "${field.slice(0, 200)}".${hint}`, { details: { field: field.slice(0, 200), nearest } });
}

/** A value that is refused is never quoted: it may be a secret. */
function issueError(issue: Issue): AgentSdkError {
  const field = pathText(issue.path).slice(0, 200);
  const subject = field === "" ? "The request" : `Field "${field}"`;
  return new AgentSdkError("bad_request", `${subject}: ${issue.message}.`, { details: { field } });
}

/**
 * Checks a value against a schema.
 * @throws AgentSdkError `bad_request` that names the first offending field, and for an unknown one the nearest known.
 */
export function parse<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issues = result.error.issues.map(innermost);
  const unknown = issues.find((issue) => issue.code === "unrecognized_keys");
  if (unknown !== undefined) throw unknownFieldError(schema, unknown);
  const first = issues[0];
  throw first === undefined ? new AgentSdkError("bad_request", "The request is not valid.") : issueError(first);
}

/**
 * Like {@link parse}, for the body of a request. `storable`: its strings go to the database.
 * @throws AgentSdkError `bad_request` for scalars and arrays too.
 */
export function parseBody<T>(schema: z.ZodType<T>, body: unknown, options: { readonly storable: boolean } = { storable: false }): T {
  if (!isJsonObject(body)) throw new AgentSdkError("bad_request", "The body must be a JSON object.");
  assertJsonLimits(body, options);
  return parse(schema, body);
}

/** @throws AgentSdkError `not_supported` that names the first field of these that was given. */
export function refuseFields(given: Readonly<Record<string, unknown>>): void {
  for (const [field, value] of Object.entries(given)) {
    if (value === undefined || value === null || (Array.isArray(value) && value.length === 0)) continue;
    if (isJsonObject(value) && Object.keys(value).length === 0) continue;
    throw new AgentSdkError("not_supported", `Field "${field}" is not supported by this version.`, { details: { field } });
  }
}
