import type { JsonObject, JsonValue } from "@agent-sdk/core";
import { asText, isJsonObject, toolKinds } from "@agent-sdk/core";

/** What rules are compared with, read from ACP's tool call (https://agentclientprotocol.com/protocol/tool-calls). */
export interface ToolCallFacts {
  readonly kind: string;
  /** As the agent wrote them. */
  readonly paths: readonly string[];
  readonly commands: readonly string[];
}

/** Members of `rawInput` in which the agents that we know put files. The protocol leaves it to them. */
const pathMembers = ["path", "paths", "file_path", "filePath", "filepath", "abs_path", "absolute_path", "notebook_path", "old_path", "new_path"] as const;
const commandMembers = ["command", "cmd"] as const;
const maxPaths = 256;

function objects(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function texts(value: JsonValue | undefined): readonly string[] {
  if (typeof value === "string") return value === "" ? [] : [value];
  return Array.isArray(value) ? value.filter((entry) => typeof entry === "string") : [];
}

function withoutScheme(path: string): string {
  return path.startsWith("file://") ? path.slice("file://".length) : path;
}

function pathsOf(toolCall: JsonObject): readonly string[] {
  const { rawInput } = toolCall;
  const located = objects(toolCall["locations"]).flatMap((location) => texts(location["path"]));
  const changed = objects(toolCall["content"]).flatMap((content) => (content["type"] === "diff" ? texts(content["path"]) : []));
  const given = isJsonObject(rawInput) ? pathMembers.flatMap((member) => texts(rawInput[member])) : [];
  return [...new Set([...located, ...changed, ...given].map(withoutScheme))].slice(0, maxPaths);
}

/** A shell that is given a script runs the script: `["bash", "-lc", "make"]`. */
function commandOf(value: JsonValue | undefined): readonly string[] {
  if (!Array.isArray(value)) return texts(value);
  const words = texts(value);
  const [shell, flag, script] = words;
  const runsScript = words.length === 3 && /(^|\/)(ba|da|z)?sh$/.test(shell ?? "") && /^-[a-z]*c$/.test(flag ?? "");
  return runsScript && script !== undefined ? [script] : words.length === 0 ? [] : [words.join(" ")];
}

function commandsOf(toolCall: JsonObject, kind: string): readonly string[] {
  const { rawInput } = toolCall;
  const given = isJsonObject(rawInput) ? commandMembers.flatMap((member) => commandOf(rawInput[member])) : [];
  if (given.length > 0 || kind !== "execute") return given;
  // Gemini gives no input: its title is the command.
  return texts(asText(toolCall["title"]).replace(/^`+|`+$/g, ""));
}

export function toolCallFacts(toolCall: JsonObject): ToolCallFacts {
  const given = asText(toolCall["kind"]);
  // The protocol's own for a call without a kind, and ours for one that it does not have.
  const kind = toolKinds.some((known) => known === given) ? given : "other";
  return { kind, paths: pathsOf(toolCall), commands: commandsOf(toolCall, kind) };
}
