import { conversationIn, type Conversation, type ToolResult, type UserMessage } from "../conversation.ts";

interface Block {
  readonly type?: unknown;
  readonly text?: unknown;
  readonly content?: unknown;
  readonly is_error?: unknown;
}

interface Message {
  readonly role?: unknown;
  readonly content?: unknown;
}

/** The fields of a request to `/v1/messages` that the answer depends on. */
export interface MessagesRequest {
  readonly model: string;
  readonly messages: readonly Message[];
  readonly tools: readonly string[];
  readonly stream: boolean;
  readonly answerSchema: unknown;
  readonly raw: unknown;
}

/** Reads a body; undefined if it is no request to this API. */
export function messagesRequestOf(body: unknown): MessagesRequest | undefined {
  if (typeof body !== "object" || body === null || !("messages" in body) || !Array.isArray(body.messages)) return undefined;
  const { model, tools, stream, output_config } = body as Record<string, unknown>;
  return {
    model: typeof model === "string" ? model : "unknown",
    messages: body.messages as Message[],
    tools: Array.isArray(tools) ? tools.map((tool: { name?: unknown }) => String(tool.name)) : [],
    stream: stream === true,
    answerSchema: (output_config as { format?: { schema?: unknown } } | undefined)?.format?.schema,
    raw: body,
  };
}

function blocksOf(content: unknown): readonly Block[] {
  if (typeof content === "string") return [{ type: "text", text: content }];
  return Array.isArray(content) ? (content as Block[]) : [];
}

function textsOf(content: unknown): readonly string[] {
  return blocksOf(content).flatMap((block) => (block.type === "text" && typeof block.text === "string" ? [block.text] : []));
}

function toolResultsOf(content: unknown): readonly ToolResult[] {
  return blocksOf(content)
    .filter((block) => block.type === "tool_result")
    .map((block) => ({ isError: block.is_error === true, text: textsOf(block.content).join("\n") }));
}

/** The conversation as the script sees it. */
export function conversationOf({ messages, tools, answerSchema }: MessagesRequest): Conversation {
  const users = messages.filter((message) => message.role === "user").map(({ content }): UserMessage => ({ texts: textsOf(content), toolResults: toolResultsOf(content) }));
  return { ...conversationIn(users), tools: { names: tools }, answerSchema };
}
