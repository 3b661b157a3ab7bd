const plain = /^[A-Za-z0-9_@%+=:,./-]+$/;

/** One word for the sandbox's shell, whatever is in it. */
function quoted(word: string): string {
  return plain.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

/** A shell command: one word is one already; of several, each stays one word. */
export function shellCommand(words: readonly string[]): string {
  const [only] = words;
  return words.length === 1 && only !== undefined ? only : words.map(quoted).join(" ");
}
