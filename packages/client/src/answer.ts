import type { JsonValue } from "@agent-sdk/core";
import type { AgentEvent } from "./events/agent-event.ts";
import { PromptError } from "./errors.ts";

/** What a prompt brought, put together. `String(answer)` is its text. */
export interface Answer {
  /** Everything that the agent said, its blocks separated by an empty line where a tool was used between them. */
  readonly text: string;
  /** `end_turn`, `cancelled`, `max_tokens`, `max_turn_requests`, `refusal`. */
  readonly stopReason: string;
  readonly rpcId: string;
  /** What the agent reported of the turn; null where it reports nothing. */
  readonly usage: JsonValue;
  toString(): string;
}

/** Puts the agent's blocks together as they come. */
class AnswerText {
  text = "";
  #interrupted = false;

  add(event: AgentEvent): void {
    if (event.type === "tool" || event.type === "tool_result") this.#interrupted = true;
    if (event.type !== "text") return;
    this.text += this.#interrupted && this.text !== "" ? `\n\n${event.text}` : event.text;
    this.#interrupted = false;
  }
}

/**
 * Reads a prompt's events to their end.
 * @throws PromptError when the prompt failed.
 */
export async function collectAnswer(events: AsyncIterable<AgentEvent>): Promise<Answer> {
  const said = new AnswerText();
  for await (const event of events) {
    said.add(event);
    const rpcId = event.rpcId ?? "";
    if (event.type === "error") throw new PromptError(rpcId, event.kind, event.message, said.text);
    if (event.type !== "done") continue;
    const { text } = said;
    return { text, stopReason: event.stopReason, rpcId, usage: event.usage, toString: () => text };
  }
  throw new PromptError("", "unknown", "The stream ended before the prompt did.", said.text);
}
