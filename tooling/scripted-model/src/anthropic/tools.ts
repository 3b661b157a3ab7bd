import type { ToolNames } from "../decide.ts";

/** The tools of Claude Code, which are those that requests in this dialect offer. */
export const claudeCodeTools: ToolNames = {
  write: (tools, file, text) => (tools.includes("Write") ? { name: "Write", input: { file_path: file, content: text } } : undefined),
  run: (tools, command) => (tools.includes("Bash") ? { name: "Bash", input: { command, description: "Run a scripted command" } } : undefined),
};
