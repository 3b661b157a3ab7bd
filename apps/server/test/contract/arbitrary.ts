import { isJsonObject, type JsonObject, type JsonValue } from "@agent-sdk/core";
import * as fc from "fast-check";

/** Values that reach further than random ones, by the name of the field that they are for; a field of another type takes none of them. */
export type Hints = Readonly<Record<string, fc.Arbitrary<unknown>>>;

export interface ArbitraryContext {
  readonly schemas: Readonly<Record<string, JsonObject>>;
  readonly hints: Hints;
  /** Fields that take nothing but their hint. */
  readonly only: ReadonlySet<string>;
}

/** Short, so that thousands of requests stay cheap; the bounds themselves are tested by name elsewhere. */
const longest = 40;
const mostMembers = 3;

const anything: fc.Arbitrary<unknown> = fc.jsonValue({ maxDepth: 2 });

function listOf(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? (value as readonly JsonObject[]) : [];
}

function numberOf(value: JsonValue | undefined, otherwise: number): number {
  return typeof value === "number" ? value : otherwise;
}

function stringArbitrary(schema: JsonObject): fc.Arbitrary<string> {
  const minLength = numberOf(schema["minLength"], 0);
  const maxLength = Math.max(minLength, Math.min(numberOf(schema["maxLength"], longest), longest));
  const { pattern, format } = schema;
  const fits = (value: string): boolean => value.length >= minLength && value.length <= numberOf(schema["maxLength"], Infinity);
  if (format === "uri") return fc.webUrl().filter(fits);
  if (format === "date-time") return fc.date({ noInvalidDate: true, min: new Date(0), max: new Date("2100-01-01") }).map((date) => date.toISOString());
  if (typeof pattern !== "string") return fc.string({ minLength, maxLength, unit: "grapheme" }).filter(fits);
  const expression = new RegExp(pattern, "u");
  // Classes that only leave a few characters out would be drawn from all of Unicode, one sample in thousands short enough.
  if (pattern.startsWith("^[^")) return fc.string({ minLength, maxLength, unit: "grapheme" }).filter((value) => fits(value) && expression.test(value));
  return fc.stringMatching(expression, { size: "small" }).filter(fits);
}

function numberArbitrary(schema: JsonObject): fc.Arbitrary<number> {
  if (schema["type"] === "integer") return fc.integer({ min: numberOf(schema["minimum"], -1000), max: Math.min(numberOf(schema["maximum"], 1000), 2 ** 31 - 1) });
  const min = numberOf(schema["exclusiveMinimum"], numberOf(schema["minimum"], -1000));
  return fc.double({ min, minExcluded: "exclusiveMinimum" in schema, max: numberOf(schema["maximum"], 1000), noNaN: true, noDefaultInfinity: true });
}

function mapArbitrary(schema: JsonObject, context: ArbitraryContext): fc.Arbitrary<unknown> {
  const { additionalProperties, propertyNames } = schema;
  if (additionalProperties === false || additionalProperties === undefined) return fc.constant({});
  const names = isJsonObject(propertyNames) ? stringArbitrary(propertyNames) : fc.string({ maxLength: longest });
  const values = isJsonObject(additionalProperties) ? arbitraryOf(additionalProperties, context) : anything;
  return fc.dictionary(names, values, { maxKeys: mostMembers, noNullPrototype: true });
}

function objectArbitrary(schema: JsonObject, context: ArbitraryContext): fc.Arbitrary<unknown> {
  const { properties, required } = schema;
  if (!isJsonObject(properties)) return mapArbitrary(schema, context);
  const always = Array.isArray(required) ? (required as readonly string[]) : [];
  const members = Object.entries(properties).map(([name, member]) => [name, arbitraryOf(member as JsonObject, context, name)] as const);
  const optional = members.filter(([name]) => !always.includes(name));
  return fc.subarray([...optional], { maxLength: Math.min(mostMembers, optional.length) }).chain((chosen) => {
    const taken = [...members.filter(([name]) => always.includes(name)), ...chosen];
    return fc.record(Object.fromEntries(taken));
  });
}

function arrayArbitrary(schema: JsonObject, context: ArbitraryContext, name: string): fc.Arbitrary<unknown> {
  const minLength = numberOf(schema["minItems"], 0);
  const { items } = schema;
  return fc.array(isJsonObject(items) ? arbitraryOf(items, context, name) : anything, { minLength, maxLength: Math.max(minLength, mostMembers) });
}

function ofType(type: string, schema: JsonObject, context: ArbitraryContext, name: string): fc.Arbitrary<unknown> {
  switch (type) {
    case "string":
      return stringArbitrary(schema);
    case "integer":
    case "number":
      return numberArbitrary(schema);
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    case "array":
      return arrayArbitrary(schema, context, name);
    case "object":
      return objectArbitrary(schema, context);
    default:
      throw new Error(`The schema has a type that is not known here: ${type}`);
  }
}

function withoutHints(schema: JsonObject, context: ArbitraryContext, name: string): fc.Arbitrary<unknown> {
  const { $ref: reference, enum: choices, type } = schema;
  if (typeof reference === "string") return arbitraryOf(context.schemas[reference.split("/").at(-1) ?? ""] ?? {}, context, name);
  if ("const" in schema) return fc.constant(schema["const"]);
  if (Array.isArray(choices)) return fc.constantFrom(...(choices as readonly JsonValue[]));
  const either = [...listOf(schema["anyOf"]), ...listOf(schema["oneOf"])];
  if (either.length > 0) return fc.oneof(...either.map((one) => ({ arbitrary: arbitraryOf(one, context, name), weight: one["type"] === "null" ? 1 : 4 })));
  if (type === undefined) return anything;
  const types = Array.isArray(type) ? (type as readonly string[]) : [type as string];
  return fc.oneof(...types.map((one) => ofType(one, schema, context, name)));
}

/** What takes a hint: a value without members that is not one of a list. */
function takesHint(schema: JsonObject): boolean {
  const { type } = schema;
  return (type === "boolean" || type === "integer" || type === "string") && !("enum" in schema);
}

/** Values that a JSON Schema allows, of those that our description uses. @param name of the field that they are for; a list's members have the list's */
export function arbitraryOf(schema: JsonObject, context: ArbitraryContext, name = ""): fc.Arbitrary<unknown> {
  const generic = withoutHints(schema, context, name);
  const hint = takesHint(schema) ? context.hints[name] : undefined;
  if (hint === undefined) return generic;
  return context.only.has(name) ? hint : fc.oneof({ arbitrary: hint, weight: 5 }, { arbitrary: generic, weight: 1 });
}
