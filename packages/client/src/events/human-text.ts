import type { AgentEvent, PlanEvent } from "./agent-event.ts";

function planText({ entries }: PlanEvent): string {
  const lines = entries.map(({ status, content }) => `  ${status === "completed" ? "[x]" : "[ ]"} ${typeof content === "string" ? content : ""}`);
  return `\nplan:\n${lines.join("\n")}\n`;
}

/** What a terminal would show of an event: text as it is, everything else as a line of its own. */
export function humanText(event: AgentEvent): string {
  switch (event.type) {
    case "text":
    case "reasoning":
      return event.text;
    case "tool":
      return event.title === null ? "" : `\n[${event.kind ?? "tool"}] ${event.title}\n`;
    case "tool_result":
      return event.status === "failed" ? `\n[failed] ${event.title ?? event.toolCallId}\n` : "";
    case "plan":
      return planText(event);
    case "permission":
      return event.state === "requested" ? `\n[permission] ${event.title ?? "asked"}\n` : "";
    case "restored":
      return event.reason === null ? `\n[restored: ${event.how}]\n` : `\n[restored: ${event.how}, ${event.reason}]\n`;
    case "error":
      return `\n[error: ${event.kind}] ${event.message}\n`;
    case "done":
      return event.stopReason === "end_turn" ? "\n" : `\n[${event.stopReason}]\n`;
    case "commands":
    case "usage":
    case "other":
    default:
      return "";
  }
}
