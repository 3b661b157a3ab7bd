import { AgentSdkError, isJsonObject, type JsonObject, type JsonValue } from "@agent-sdk/core";

/** Merges `over` into `under`, objects member by member; everything else of `over` wins. */
export function mergeJson(under: JsonObject, over: JsonObject): JsonObject {
  const merged = new Map<string, JsonValue>(Object.entries(under));
  for (const [key, value] of Object.entries(over)) {
    const below = merged.get(key);
    merged.set(key, isJsonObject(below) && isJsonObject(value) ? mergeJson(below, value) : value);
  }
  return Object.fromEntries(merged);
}

/**
 * The JSON object in a session's variable, `{}` when it is not set.
 * @throws AgentSdkError `bad_request` when it holds something else. The value is not repeated: it may be secret.
 */
export function readJsonVariable(values: Readonly<Record<string, string>>, name: string): JsonObject {
  const text = values[name];
  if (text === undefined || text.trim() === "") return {};
  const parsed = parse(text);
  if (isJsonObject(parsed)) return parsed;
  throw new AgentSdkError("bad_request", `The variable ${name} must be a JSON object.`, { details: { field: `env.${name}` } });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
