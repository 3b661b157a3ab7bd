/** What a shell reads as the end of one command and the beginning of another. */
const separators = /[;&|\n\r(){}`]+/;
/** Substitutions and redirections: a command's own words do not tell what such a one does. */
const more = /[`<>]|\$\(|\$\{/;

/** The commands that a line of shell consists of, by the characters that separate them. Quotes are not looked at, so there may be too many, never too few. */
export function commandParts(line: string): readonly string[] {
  return line
    .split(separators)
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

/** Whether every command of the line, and everything that it does, is told by its parts. */
export function isPlainCommand(line: string): boolean {
  return !more.test(line);
}
