import { readFileSync } from "node:fs";

export interface Snippet {
  /** The file, and the line that it begins at. */
  readonly name: string;
  readonly code: string;
}

/** The blocks of TypeScript of a Markdown file. */
export function snippetsOf(path: string, shownAs: string): readonly Snippet[] {
  const lines = readFileSync(path, "utf8").split("\n");
  const found: Snippet[] = [];
  let start: number | null = null;
  for (const [index, line] of lines.entries()) {
    if (start === null && line === "```ts") start = index + 1;
    else if (start !== null && line === "```") {
      found.push({ name: `${shownAs}:${start + 1}`, code: `${lines.slice(start, index).join("\n")}\n` });
      start = null;
    }
  }
  return found;
}
