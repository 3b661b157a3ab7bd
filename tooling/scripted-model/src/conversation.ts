/** What came back from a tool that the model called. */
export interface ToolResult {
  readonly isError: boolean;
  readonly text: string;
}

/** A request to a model, in terms that every dialect can be brought to. */
export interface Conversation {
  /** The first thing that the user said; empty if there is none. */
  readonly firstPrompt: string;
  /** The last thing that the user said; empty if there is none. */
  readonly lastPrompt: string;
  /** What the tools called since the last prompt answered, in order. */
  readonly toolResults: readonly ToolResult[];
  /** Names of the tools that may be called. */
  readonly tools: readonly string[];
  /** The JSON schema that the answer has to fit; agents ask so for titles and verdicts, beside the conversation. */
  readonly answerSchema?: unknown;
}

/** A tool that the model calls, in the agent's own terms. */
export interface ToolCall {
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** What the model answers to one request. */
export type Reply =
  | { readonly kind: "failure"; readonly status: number; readonly retryAfterSeconds?: number }
  | { readonly kind: "message"; readonly chunks: readonly Chunk[]; readonly toolCall?: ToolCall };

/** A piece of text, and how long the model takes to come up with it. */
export interface Chunk {
  readonly text: string;
  readonly delayMilliseconds: number;
}
