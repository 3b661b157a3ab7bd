import type { Conversation, ToolResult } from "../conversation.ts";

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

/** About as many tokens as the request has: four characters each. */
export function countTokens(request: MessagesRequest): number {
  return Math.ceil(JSON.stringify(request.raw).length / 4);
}

function blocksOf(content: unknown): readonly Block[] {
  if (typeof content === "string") return [{ type: "text", text: content }];
  return Array.isArray(content) ? (content as Block[]) : [];
}

function textOf(content: unknown): string {
  return blocksOf(content)
    .flatMap((block) => (block.type === "text" && typeof block.text === "string" ? [block.text] : []))
    .join("\n");
}

/** Reminders and notes that the client adds to the user's messages are not the user's words. */
function withoutNotes(text: string): string {
  return text
    .replaceAll(/<system-reminder>[\s\S]*?<\/system-reminder>/g, "")
    .replaceAll(/^\[Request interrupted by user[^\]]*\]$/gm, "")
    .trim();
}

/** The last block of a message that holds words of the user; context may be put in front of it. */
function promptOf(message: Message): string {
  const texts = blocksOf(message.content).flatMap((block) =>
    block.type === "text" && typeof block.text === "string" ? [withoutNotes(block.text)] : [],
  );
  return texts.findLast((text) => text !== "") ?? "";
}

function toolResultsOf(message: Message): ToolResult[] {
  return blocksOf(message.content)
    .filter((block) => block.type === "tool_result")
    .map((block) => ({ isError: block.is_error === true, text: withoutNotes(textOf(block.content)) }));
}

/** The conversation as the script sees it. */
export function conversationOf({ messages, tools, answerSchema }: MessagesRequest): Conversation {
  const user = messages.filter((message) => message.role === "user");
  const prompts = user.map(promptOf);
  const last = prompts.findLastIndex((prompt) => prompt !== "");
  return {
    firstPrompt: prompts.find((prompt) => prompt !== "") ?? "",
    lastPrompt: prompts[last] ?? "",
    toolResults: user.slice(last + 1).flatMap(toolResultsOf),
    tools,
    answerSchema,
  };
}
