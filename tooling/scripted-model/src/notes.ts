/** Elements by which agents put context into the user's messages. */
const elements = ["system-reminder", "environment_context", "session_context", "turn_aborted", "user_instructions"] as const;

const patterns: readonly RegExp[] = [
  ...elements.map((name) => new RegExp(`<${name}>[\\s\\S]*?</${name}>`, "g")),
  /^\[Request interrupted by user[^\]]*\]$/gm,
];

/** A text without the reminders and notes that agents add to the user's messages: those are not the user's words. */
export function withoutNotes(text: string): string {
  return patterns.reduce((left, pattern) => left.replaceAll(pattern, ""), text).trim();
}
