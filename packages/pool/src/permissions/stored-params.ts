import type { JsonObject } from "@agent-sdk/core";
import { asText, isJsonObject } from "@agent-sdk/core";

/** Of JSON text. */
const maxCharacters = 262_144;
const maxOptions = 64;
const maxText = 16_384;

/**
 * A request's params as they are kept beside the session's stream, which has the whole of them. Beyond a bound only what is needed to answer is left, and
 * `truncated` says so.
 */
export function cutParams(params: JsonObject): JsonObject {
  if (JSON.stringify(params).length <= maxCharacters) return params;
  const { toolCall, options, mode, message, url, elicitationId } = params;
  const call = isJsonObject(toolCall) ? { toolCallId: text(toolCall["toolCallId"]), title: text(toolCall["title"]), kind: text(toolCall["kind"]) } : null;
  const shortOptions = (Array.isArray(options) ? options.filter(isJsonObject) : []).filter(({ optionId }) => asText(optionId).length <= maxText).slice(0, maxOptions).map((option) => ({
    optionId: asText(option["optionId"]),
    kind: text(option["kind"]),
    name: text(option["name"]),
  }));
  return { ...(call === null ? {} : { toolCall: call, options: shortOptions }), ...given({ mode, message, url, elicitationId }), truncated: true };
}

function given(members: Readonly<Record<string, unknown>>): JsonObject {
  return Object.fromEntries(Object.entries(members).flatMap(([name, value]) => (typeof value === "string" ? [[name, value.slice(0, maxText)]] : [])));
}

function text(value: JsonObject[string] | undefined): string {
  return asText(value).slice(0, maxText);
}
