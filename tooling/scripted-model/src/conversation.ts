import { withoutNotes } from "./notes.ts";

/** What came back from a tool that the model called. */
export interface ToolResult {
  readonly isError: boolean;
  readonly text: string;
}

/** The tools that a request offers. */
export interface OfferedTools {
  readonly names: readonly string[];
  /** Those of them that take a text instead of an object. */
  readonly freeText?: readonly string[];
}

/** A request to a model, in terms that every dialect can be brought to. */
export interface Conversation {
  /** The first thing that the user said; empty if there is none. */
  readonly firstPrompt: string;
  /** The last thing that the user said; empty if there is none. */
  readonly lastPrompt: string;
  /** What the tools called since the last prompt answered, in order. */
  readonly toolResults: readonly ToolResult[];
  readonly tools: OfferedTools;
  /** The JSON schema that the answer has to fit; agents ask so for titles and verdicts, beside the conversation. */
  readonly answerSchema?: unknown;
  /** An agent's question of its own, for a title say: no script is played for it. */
  readonly aside?: boolean;
}

/** One message of the user's side: their words, context that the agent put with them, and results of tools. */
export interface UserMessage {
  readonly texts: readonly string[];
  readonly toolResults: readonly ToolResult[];
}

/** The last text of a message that holds words of the user; context may be put in front of it. */
function promptOf({ texts }: UserMessage): string {
  return texts.map(withoutNotes).findLast((text) => text !== "") ?? "";
}

/** The conversation in the messages of the user's side, oldest first. */
export function conversationIn(messages: readonly UserMessage[]): Pick<Conversation, "firstPrompt" | "lastPrompt" | "toolResults"> {
  const prompts = messages.map(promptOf);
  const last = prompts.findLastIndex((prompt) => prompt !== "");
  return {
    firstPrompt: prompts.find((prompt) => prompt !== "") ?? "",
    lastPrompt: prompts[last] ?? "",
    toolResults: messages.slice(last + 1).flatMap((message) => message.toolResults.map(({ isError, text }) => ({ isError, text: withoutNotes(text) }))),
  };
}

/** A tool that the model calls, in the agent's own terms. */
export interface ToolCall {
  readonly name: string;
  /** A text for tools that take one. */
  readonly input: Readonly<Record<string, unknown>> | string;
}

/** What the model answers to one request. */
export type Reply = FailureReply | MessageReply;

export interface FailureReply {
  readonly kind: "failure";
  readonly status: number;
  readonly retryAfterSeconds?: number;
}

export interface MessageReply {
  readonly kind: "message";
  readonly chunks: readonly Chunk[];
  readonly toolCall?: ToolCall;
}

/** A piece of text, and how long the model takes to come up with it. */
export interface Chunk {
  readonly text: string;
  readonly delayMilliseconds: number;
}

/** The whole text of an answer. */
export function textOf(reply: MessageReply): string {
  return reply.chunks.map((chunk) => chunk.text).join("");
}

/** About as many tokens as a request has: four characters each. */
export function countTokens(request: unknown): number {
  return Math.ceil(JSON.stringify(request).length / 4);
}

/** About as many tokens as an answer has. */
export function countAnswerTokens(reply: MessageReply): number {
  return Math.max(1, reply.chunks.length + (reply.toolCall ? 20 : 0));
}
