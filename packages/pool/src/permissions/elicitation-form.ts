import type { JsonObject, JsonValue } from "@agent-sdk/core";
import { AgentSdkError, asText, isJsonObject } from "@agent-sdk/core";

/** More fields than anybody fills in; beyond it the agent's schema is not looked at. */
const maxFields = 256;

type Check = (value: JsonValue, schema: JsonObject) => string | null;

function number(value: JsonValue | undefined): number | null {
  return typeof value === "number" ? value : null;
}

/** The values that may be chosen, from either of the two ways to write them; null where anything may. */
function choices(schema: JsonObject, titled: "anyOf" | "oneOf"): readonly JsonValue[] | null {
  const { enum: plain, [titled]: options } = schema;
  if (Array.isArray(plain)) return plain;
  return Array.isArray(options) ? options.filter(isJsonObject).map((option) => option["const"] ?? null) : null;
}

const formats: Readonly<Record<string, RegExp>> = {
  email: /^[^@\s]{1,254}@[^@\s]{1,254}$/,
  date: /^\d{4}-\d{2}-\d{2}$/,
  "date-time": /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})$/,
};

function hasFormat(value: string, format: JsonValue | undefined): boolean {
  if (format === "uri") return URL.canParse(value);
  return typeof format !== "string" || (formats[format]?.test(value) ?? true);
}

/** A `pattern` is the agent's to check: an expression of its making may take any time here. */
const checkText: Check = (value, schema) => {
  if (typeof value !== "string") return "must be text";
  const offered = choices(schema, "oneOf");
  if (offered && !offered.includes(value)) return `must be one of ${offered.map((choice) => asText(choice)).join(", ")}`;
  const length = Array.from(value).length;
  if (length < (number(schema["minLength"]) ?? 0)) return `must have at least ${asText(schema["minLength"])} characters`;
  if (length > (number(schema["maxLength"]) ?? Infinity)) return `must have at most ${asText(schema["maxLength"])} characters`;
  return hasFormat(value, schema["format"]) ? null : `must be of the format ${asText(schema["format"])}`;
};

const checkNumber: Check = (value, schema) => {
  if (typeof value !== "number") return "must be a number";
  if (value < (number(schema["minimum"]) ?? -Infinity)) return `must be at least ${asText(schema["minimum"])}`;
  return value > (number(schema["maximum"]) ?? Infinity) ? `must be at most ${asText(schema["maximum"])}` : null;
};

const checkList: Check = (value, schema) => {
  if (!Array.isArray(value)) return "must be a list of texts";
  if (value.length < (number(schema["minItems"]) ?? 0)) return `must have at least ${asText(schema["minItems"])} entries`;
  if (value.length > (number(schema["maxItems"]) ?? Infinity)) return `must have at most ${asText(schema["maxItems"])} entries`;
  const offered = isJsonObject(schema["items"]) ? choices(schema["items"], "anyOf") : null;
  return offered && !value.every((entry) => offered.includes(entry)) ? `may have ${offered.map((choice) => asText(choice)).join(", ")}` : null;
};

/** The protocol's kinds of fields (https://agentclientprotocol.com/protocol/elicitation). One of another kind takes what it is given. */
const checks: Readonly<Record<string, Check>> = {
  string: checkText,
  number: checkNumber,
  integer: (value, schema) => (Number.isInteger(value) ? checkNumber(value, schema) : "must be a whole number"),
  boolean: (value) => (typeof value === "boolean" ? null : "must be true or false"),
  array: checkList,
};

function refuse(name: string, problem: string): never {
  const field = `content.${name.slice(0, 200)}`;
  throw new AgentSdkError("bad_request", `Field "${field}": ${problem}.`, { details: { field } });
}

/**
 * Checks what was filled in against the form that the agent asked for, field by field, in time that the two bound.
 * @throws `bad_request` that names the field.
 */
export function checkForm(content: JsonObject, requestedSchema: JsonValue | undefined): JsonObject {
  const schema = isJsonObject(requestedSchema) ? requestedSchema : {};
  const properties = isJsonObject(schema["properties"]) ? schema["properties"] : null;
  const required = Array.isArray(schema["required"]) ? schema["required"].filter((name) => typeof name === "string") : [];
  for (const name of required) if (!Object.hasOwn(content, name)) refuse(name, "is required");
  if (properties === null || Object.keys(properties).length > maxFields) return content;
  for (const [name, value] of Object.entries(content)) {
    const property = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (!isJsonObject(property)) refuse(name, "is not in the form");
    const kind = typeof property["type"] === "string" ? property["type"] : "";
    const problem = Object.hasOwn(checks, kind) ? (checks[kind]?.(value, property) ?? null) : null;
    if (problem !== null) refuse(name, problem);
  }
  return content;
}
