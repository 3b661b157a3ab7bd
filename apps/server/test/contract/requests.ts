import { isJsonObject, type JsonObject } from "@agent-sdk/core";
import * as fc from "fast-check";
import { arbitraryOf, type ArbitraryContext } from "./arbitrary.ts";
import type { DescribedOperation, ParameterObject } from "./document.ts";
import { known, kindOfParameter } from "./known-values.ts";

/** A body before it is sent; `value` may hold places for known ids. */
export type GeneratedBody = { readonly kind: "bytes" | "json"; readonly value: unknown } | { readonly kind: "raw"; readonly contentType: string; readonly text: string };

export interface GeneratedRequest {
  /** What about it breaks the description; null where nothing does. */
  readonly breaks: string | null;
  readonly path: Readonly<Record<string, unknown>>;
  readonly query: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: GeneratedBody | undefined;
}

export interface RequestContext extends ArbitraryContext {
  /** Bodies by operation, for those whose schema allows much that means nothing: fields that exclude each other, files that must be there. */
  readonly examples: Readonly<Record<string, fc.Arbitrary<unknown>>>;
}

type Place = ParameterObject["in"];

/** How often a parameter that may be left out is left out: a request with all of them at once would mostly be refused for one. */
const absences = 4;

/** Path segments that a URL does not carry as such. */
function isSegment(value: unknown): boolean {
  return value !== "" && value !== "." && value !== "..";
}

const headerText: fc.Arbitrary<string> = fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 30 }).map((value) => value.trim() || "x");

function parameters(operation: DescribedOperation, place: Place, context: ArbitraryContext): fc.Arbitrary<Readonly<Record<string, unknown>>> {
  const found = operation.parameters.filter((parameter) => parameter.in === place);
  const absent = fc.constant(undefined);
  const shape = Object.fromEntries(
    found.map(({ name, schema, required }) => {
      const generic = arbitraryOf(schema, context, name);
      if (place !== "path") return [name, required ? generic : fc.oneof({ arbitrary: absent, weight: absences }, { arbitrary: generic, weight: 1 })];
      const kind = kindOfParameter(operation.path, name);
      return [name, fc.oneof({ arbitrary: context.hints[`/${kind}`] ?? known(kind), weight: 6 }, { arbitrary: generic.filter(isSegment), weight: 1 })];
    }),
  );
  return fc.record(shape).map((values) => Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)));
}

function bodySchema(operation: DescribedOperation): JsonObject | undefined {
  return operation.body?.content["application/json"]?.schema;
}

function takesBytes(operation: DescribedOperation): boolean {
  return operation.body !== undefined && "application/octet-stream" in operation.body.content;
}

const bytes: fc.Arbitrary<GeneratedBody> = fc.uint8Array({ maxLength: 200 }).map((value) => ({ kind: "bytes", value }));

function bodies(operation: DescribedOperation, context: RequestContext): fc.Arbitrary<GeneratedBody | undefined> {
  const schema = bodySchema(operation);
  const choices: fc.Arbitrary<GeneratedBody | undefined>[] = [];
  const example = context.examples[operation.id];
  if (example !== undefined) choices.push(example.map((value) => ({ kind: "json", value }) as const));
  if (schema !== undefined) choices.push(arbitraryOf(schema, context).map((value) => ({ kind: "json", value }) as const));
  if (takesBytes(operation)) choices.push(bytes);
  if (operation.body?.required !== true) choices.push(fc.constant(undefined));
  return fc.oneof(...choices);
}

/** Requests that the description allows. */
export function validRequests(operation: DescribedOperation, context: RequestContext): fc.Arbitrary<GeneratedRequest> {
  return fc.record({
    breaks: fc.constant(null),
    path: parameters(operation, "path", context),
    query: parameters(operation, "query", context),
    headers: parameters(operation, "header", context),
    body: bodies(operation, context),
  });
}

/** JSON that is another value than was meant, or has other members. */
function brokenJson(value: unknown): fc.Arbitrary<unknown> {
  const anything = fc.jsonValue({ maxDepth: 1 });
  if (!isJsonObject(value)) return anything;
  const names = Object.keys(value);
  const choices: fc.Arbitrary<unknown>[] = [anything, fc.tuple(fc.string({ minLength: 1, maxLength: 20 }), anything).map(([name, member]) => ({ ...value, [`x${name}`]: member }))];
  if (names.length > 0) {
    const name = fc.constantFrom(...names);
    choices.push(fc.tuple(name, anything).map(([replaced, member]) => ({ ...value, [replaced]: member })));
    choices.push(name.map((left) => Object.fromEntries(Object.entries(value).filter(([each]) => each !== left))));
  }
  return fc.oneof(...choices);
}

const rawBodies: fc.Arbitrary<GeneratedBody> = fc.oneof(
  fc.record({ kind: fc.constant("raw" as const), contentType: fc.constant("application/json"), text: fc.oneof(fc.string(), fc.constantFrom("", "{", "[]", "null", '{"a":1}}', "[".repeat(5000), '{"__proto__":{"a":1}}')) }),
  fc.record({ kind: fc.constant("raw" as const), contentType: fc.constantFrom("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonl"), text: fc.constantFrom("{}", "message=x") }),
);

function brokenBodies(operation: DescribedOperation, context: ArbitraryContext): fc.Arbitrary<GeneratedBody> {
  const schema = bodySchema(operation);
  if (schema === undefined) return rawBodies;
  const json = arbitraryOf(schema, context)
    .chain(brokenJson)
    .map((value) => ({ kind: "json", value }) as const);
  return fc.oneof({ arbitrary: json, weight: 4 }, { arbitrary: rawBodies, weight: 1 });
}

/** Requests that break one part of the description, or may break it: what they break is looked at again before an answer is called wrong. */
export function brokenRequests(operation: DescribedOperation, context: RequestContext): fc.Arbitrary<GeneratedRequest> {
  const valid = validRequests(operation, context);
  const names = (place: Place): readonly string[] => operation.parameters.filter((parameter) => parameter.in === place).map(({ name }) => name);
  const replaced = (place: "headers" | "path" | "query", from: readonly string[], values: fc.Arbitrary<unknown>): fc.Arbitrary<GeneratedRequest> =>
    fc.tuple(valid, fc.constantFrom(...from), values).map(([request, name, value]) => ({ ...request, breaks: `${place} ${name}`, [place]: { ...request[place], [name]: value } }));
  const choices: fc.Arbitrary<GeneratedRequest>[] = [];
  if (names("path").length > 0) choices.push(replaced("path", names("path"), fc.string({ minLength: 1, maxLength: 60, unit: "grapheme" }).filter(isSegment)));
  if (names("header").length > 0) choices.push(replaced("headers", names("header"), headerText));
  choices.push(replaced("query", [...names("query"), "unknown"], fc.string({ maxLength: 30, unit: "grapheme" })));
  if (operation.body !== undefined) choices.push(...[1, 2, 3].map(() => fc.tuple(valid, brokenBodies(operation, context)).map(([request, body]) => ({ ...request, breaks: "body", body }))));
  return fc.oneof(...choices);
}
