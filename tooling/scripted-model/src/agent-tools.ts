import type { OfferedTools, ToolCall } from "./conversation.ts";

/** How agents name the tool that runs a command, and what they take for it. */
const shells: Readonly<Record<string, (command: string) => Readonly<Record<string, unknown>>>> = {
  // Claude Code
  Bash: (command) => ({ command, description: "Run a scripted command" }),
  // OpenCode
  bash: (command) => ({ command, description: "Run a scripted command" }),
  // Codex
  exec_command: (cmd) => ({ cmd }),
  // Gemini CLI
  run_shell_command: (command) => ({ command, description: "Run a scripted command" }),
};

/** The same for the tool that writes a file. */
const writers: Readonly<Record<string, (file: string, text: string, freeText: boolean) => ToolCall["input"]>> = {
  // Claude Code
  Write: (file_path, content) => ({ file_path, content }),
  // OpenCode
  write: (filePath, content) => ({ filePath, content }),
  // Gemini CLI
  write_file: (file_path, content) => ({ file_path, content }),
  // Codex takes a text; OpenCode, for OpenAI's models, an object.
  apply_patch: (file, text, freeText) => (freeText ? patch(file, text) : { patchText: patch(file, text) }),
};

function patch(file: string, text: string): string {
  const lines = text.split("\n").map((line) => `+${line}`);
  return ["*** Begin Patch", `*** Add File: ${file}`, ...lines, "*** End Patch"].join("\n");
}

/** A call of the offered tool that writes a file; undefined where none is offered. */
export function writeCall(tools: OfferedTools, file: string, text: string): ToolCall | undefined {
  const name = tools.names.find((tool) => tool in writers);
  const input = name === undefined ? undefined : writers[name]?.(file, text, tools.freeText?.includes(name) === true);
  return name === undefined || input === undefined ? undefined : { name, input };
}

/** A call of the offered tool that runs a command; undefined where none is offered. */
export function runCall(tools: OfferedTools, command: string): ToolCall | undefined {
  const name = tools.names.find((tool) => tool in shells);
  const input = name === undefined ? undefined : shells[name]?.(command);
  return name === undefined || input === undefined ? undefined : { name, input };
}
