import type { AgentEvent } from "./events/agent-event.ts";
import { PromptError } from "./errors.ts";

/** What a prompt brought, put together. `String(answer)` is its text. */
export interface Answer {
  /** Everything that the agent said, its blocks separated by an empty line where a tool was used between them. */
  readonly text: string;
  readonly stopReason: string;
  readonly rpcId: string;
  toString(): string;
}

/**
 * Reads a prompt's events to their end.
 * @throws PromptError when the prompt failed.
 */
export async function collectAnswer(events: AsyncIterable<AgentEvent>): Promise<Answer> {
  let text = "";
  let interrupted = false;
  for await (const event of events) {
    if (event.type === "text") {
      text += interrupted && text !== "" ? `\n\n${event.text}` : event.text;
      interrupted = false;
    } else if (event.type === "tool" || event.type === "tool_result") {
      interrupted = true;
    } else if (event.type === "error") {
      throw new PromptError(event.rpcId ?? "", event.kind, event.message);
    } else if (event.type === "done") {
      return { text, stopReason: event.stopReason, rpcId: event.rpcId ?? "", toString: () => text };
    }
  }
  throw new PromptError("", "unknown", "The stream ended before the prompt did.");
}
