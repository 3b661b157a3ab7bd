import { conversationIn, type Conversation, type UserMessage } from "../conversation.ts";

interface Message {
  readonly role?: unknown;
  readonly content?: unknown;
}

/** The fields of a request to `/v1/chat/completions` that the answer depends on. */
export interface ChatRequest {
  readonly model: string;
  readonly messages: readonly Message[];
  readonly tools: readonly string[];
  readonly stream: boolean;
  readonly includeUsage: boolean;
  readonly answerSchema: unknown;
  readonly raw: unknown;
}

/** Reads a body; undefined if it is no request to this API. */
export function chatRequestOf(body: unknown): ChatRequest | undefined {
  if (typeof body !== "object" || body === null || !("messages" in body) || !Array.isArray(body.messages)) return undefined;
  const { model, tools, stream, stream_options, usage, response_format } = body as Record<string, unknown>;
  return {
    model: typeof model === "string" ? model : "unknown",
    messages: body.messages as Message[],
    tools: Array.isArray(tools) ? tools.map((tool: { function?: { name?: unknown } }) => String(tool.function?.name)) : [],
    stream: stream === true,
    // The second is OpenRouter's way of asking.
    includeUsage: (stream_options as { include_usage?: unknown } | undefined)?.include_usage === true || (usage as { include?: unknown } | undefined)?.include === true,
    answerSchema: (response_format as { json_schema?: { schema?: unknown } } | undefined)?.json_schema?.schema,
    raw: body,
  };
}

function textsOf(content: unknown): readonly string[] {
  if (typeof content === "string") return [content];
  if (!Array.isArray(content)) return [];
  return content.flatMap((part: { type?: unknown; text?: unknown }) => (part.type === "text" && typeof part.text === "string" ? [part.text] : []));
}

/** Whether a tool failed is not a field of this API: what it put out has to say so. */
function userMessageOf({ role, content }: Message): readonly UserMessage[] {
  if (role === "tool") return [{ texts: [], toolResults: [{ isError: false, text: textsOf(content).join("\n") }] }];
  return role === "user" ? [{ texts: textsOf(content), toolResults: [] }] : [];
}

/** The conversation as the script sees it. A request without tools is the agent's own: OpenCode asks so for a session's title. */
export function conversationOf({ messages, tools, answerSchema }: ChatRequest): Conversation {
  return { ...conversationIn(messages.flatMap(userMessageOf)), tools: { names: tools }, answerSchema, aside: tools.length === 0 };
}
