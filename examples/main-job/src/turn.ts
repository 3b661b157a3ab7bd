import type { Agent, AgentEvent } from "@agent-sdk/client";
import { Progress, Quote, say } from "./terminal.ts";

/** What a turn was seen to do. */
export interface Turn {
  readonly text: string;
  /** How the conversation was restored for this turn; null where it did not have to be. */
  readonly restored: string | null;
}

/** A server that installs an agent's runtime says so in the session's stream, with a line for people as `reason`. */
function preparing(event: AgentEvent): string | null {
  if (event.type !== "other" || event.name !== "_agent_sdk/sandbox_changed") return null;
  const { status, reason } = event.raw["params"] as { readonly status?: unknown; readonly reason?: unknown };
  return status === "preparing" && typeof reason === "string" ? reason : null;
}

/**
 * Sends a prompt and shows the session's events until the prompt's last one.
 * @throws Error with the agent's or the server's reason when the prompt failed or was cancelled.
 */
export async function showTurn(agent: Agent, prompt: string, options: { readonly signal?: AbortSignal | undefined } = {}): Promise<Turn> {
  const quote = new Quote();
  const progress = new Progress();
  const titles = new Set<string>();
  let text = "";
  let restored: string | null = null;
  const rpcId = await agent.send(prompt, options);
  for await (const event of agent.events(options)) {
    const step = preparing(event);
    if (step === null) progress.end();
    else progress.show(step);
    if (event.type === "restored") {
      restored = event.how;
      quote.end();
      say(`conversation restored: ${event.how}${event.reason === null ? "" : ` (${event.reason})`}`);
    } else if (event.type === "tool" && event.title !== null) {
      // Agents repeat a title in their updates.
      if (!titles.has(`${event.toolCallId} ${event.title}`)) quote.write(String(event));
      titles.add(`${event.toolCallId} ${event.title}`);
    } else if (event.rpcId === rpcId) {
      quote.write(String(event));
    }
    if (event.type === "text") text += event.text;
    if (event.rpcId !== rpcId) continue;
    if (event.type === "error") throw new Error(`The prompt failed (${event.kind}): ${event.message}`);
    if (event.type !== "done") continue;
    quote.end();
    if (event.stopReason !== "end_turn") throw new Error(`The prompt ended with ${event.stopReason}.`);
    return { text, restored };
  }
  throw new Error("The session's stream ended before the prompt did.");
}
