import { conversationIn, type Conversation, type ToolResult, type UserMessage } from "../conversation.ts";

interface Part {
  readonly text?: unknown;
  readonly functionResponse?: { readonly response?: unknown };
}

interface Content {
  readonly role?: unknown;
  readonly parts?: unknown;
}

/** The fields of a request to `generateContent` that the answer depends on. */
export interface GenerateRequest {
  readonly contents: readonly Content[];
  readonly tools: readonly string[];
  readonly answerSchema: unknown;
  readonly raw: unknown;
}

/** Reads a body; undefined if it is no request to this API. */
export function generateRequestOf(body: unknown): GenerateRequest | undefined {
  if (typeof body !== "object" || body === null || !("contents" in body) || !Array.isArray(body.contents)) return undefined;
  const { tools, generationConfig } = body as Record<string, unknown>;
  const config = generationConfig as { responseJsonSchema?: unknown; responseSchema?: unknown } | undefined;
  return { contents: body.contents as Content[], tools: namesOf(tools), answerSchema: config?.responseJsonSchema ?? config?.responseSchema, raw: body };
}

function namesOf(tools: unknown): readonly string[] {
  if (!Array.isArray(tools)) return [];
  return tools.flatMap(({ functionDeclarations }: { functionDeclarations?: readonly { name?: unknown }[] }) => functionDeclarations?.map(({ name }) => String(name)) ?? []);
}

/** A tool answers by an object with `output`, or with `error` where it failed. */
function toolResultOf({ functionResponse }: Part): readonly ToolResult[] {
  if (functionResponse === undefined) return [];
  const { output, error } = (functionResponse.response ?? {}) as { output?: unknown; error?: unknown };
  const answer = error ?? output ?? "";
  return [{ isError: error !== undefined, text: typeof answer === "string" ? answer : JSON.stringify(answer) }];
}

function userMessageOf({ role, parts }: Content): readonly UserMessage[] {
  if (role !== "user" || !Array.isArray(parts)) return [];
  const given = parts as Part[];
  return [{ texts: given.flatMap(({ text }) => (typeof text === "string" ? [text] : [])), toolResults: given.flatMap(toolResultOf) }];
}

/** The conversation as the script sees it. */
export function conversationOf({ contents, tools, answerSchema }: GenerateRequest): Conversation {
  return { ...conversationIn(contents.flatMap(userMessageOf)), tools: { names: tools }, answerSchema };
}
