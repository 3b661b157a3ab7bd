import { UsageError } from "./failure.ts";
import { readAll, type Terminal } from "./terminal.ts";

/** The words of a prompt, or the standard input for `-` and where there are none. @throws UsageError when there is nothing. */
export async function promptText(words: readonly string[], { input }: Terminal): Promise<string> {
  const fromInput = words.length === 0 || (words.length === 1 && words[0] === "-");
  if (fromInput && input.isTerminal && words.length === 0) throw new UsageError("What should the agent do? Give a prompt, or - to read it from the standard input.");
  const text = fromInput ? await readAll(input) : words.join(" ");
  if (text.trim() === "") throw new UsageError("The prompt is empty.");
  return text;
}
