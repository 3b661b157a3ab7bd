import { conversationIn, type Conversation, type OfferedTools, type UserMessage } from "../conversation.ts";

interface Item {
  readonly type?: unknown;
  readonly role?: unknown;
  readonly content?: unknown;
  readonly output?: unknown;
  readonly tools?: unknown;
}

interface Tool {
  readonly type?: unknown;
  readonly name?: unknown;
  readonly tools?: unknown;
}

/** The fields of a request to `/v1/responses` that the answer depends on. */
export interface ResponsesRequest {
  readonly model: string;
  readonly input: readonly Item[];
  readonly tools: readonly Tool[];
  readonly stream: boolean;
  readonly answerSchema: unknown;
  readonly raw: unknown;
}

/** Reads a body; undefined if it is no request to this API. */
export function responsesRequestOf(body: unknown): ResponsesRequest | undefined {
  if (typeof body !== "object" || body === null || !("input" in body)) return undefined;
  const { model, input, tools, stream, text } = body as Record<string, unknown>;
  if (typeof input !== "string" && !Array.isArray(input)) return undefined;
  return {
    model: typeof model === "string" ? model : "unknown",
    input: typeof input === "string" ? [{ type: "message", role: "user", content: input }] : (input as Item[]),
    tools: Array.isArray(tools) ? (tools as Tool[]) : [],
    stream: stream === true,
    answerSchema: (text as { format?: { schema?: unknown } } | undefined)?.format?.schema,
    raw: body,
  };
}

/** Texts of a message's content or of a tool's output: a string, or parts with text. */
function textsOf(content: unknown): readonly string[] {
  if (typeof content === "string") return [content];
  if (!Array.isArray(content)) return [];
  return content.flatMap((part: { text?: unknown }) => (typeof part.text === "string" ? [part.text] : []));
}

const outputs = new Set<unknown>(["function_call_output", "custom_tool_call_output"]);

/** Whether a tool failed is not a field of this API: what it put out has to say so. */
function userMessageOf(item: Item): readonly UserMessage[] {
  if (outputs.has(item.type)) return [{ texts: [], toolResults: [{ isError: false, text: textsOf(item.output).join("\n") }] }];
  return item.role === "user" ? [{ texts: textsOf(item.content), toolResults: [] }] : [];
}

function offeredTools({ tools }: ResponsesRequest): OfferedTools {
  const flat = tools.flatMap((tool) => (tool.type === "namespace" && Array.isArray(tool.tools) ? (tool.tools as Tool[]) : [tool]));
  const named = flat.filter((tool): tool is Tool & { name: string } => typeof tool.name === "string");
  return { names: named.map(({ name }) => name), freeText: named.filter(({ type }) => type === "custom").map(({ name }) => name) };
}

/** The conversation as the script sees it. */
export function conversationOf(request: ResponsesRequest): Conversation {
  return { ...conversationIn(request.input.flatMap(userMessageOf)), tools: offeredTools(request), answerSchema: request.answerSchema };
}
