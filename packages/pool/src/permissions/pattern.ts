/** Characters. Both are bounds of the time that one comparison takes, which is their product at most. */
export const maxPatternLength = 512;
export const maxTextLength = 16_384;

type Token =
  | { readonly kind: "char"; readonly code: number }
  /** One character, or any number of them; `path`: none of them a slash. */
  | { readonly kind: "many" | "one"; readonly path: boolean }
  /** Goes on with any of these tokens, at no character. */
  | { readonly kind: "fork"; readonly to: readonly number[] };

const slash = "/".charCodeAt(0);

export interface Pattern {
  matches(text: string): boolean;
}

function charTokens(text: string): Token[] {
  return Array.from({ length: text.length }, (_, index) => ({ kind: "char", code: text.charCodeAt(index) }));
}

/** A part that may be left out: what follows it is reached at once, too. */
function optional(tokens: Token[], part: readonly Token[]): void {
  tokens.push({ kind: "fork", to: [tokens.length + 1, tokens.length + 1 + part.length] }, ...part);
}

const deep: Token = { kind: "many", path: false };
const slashToken: Token = { kind: "char", code: slash };

function globTokens(glob: string): readonly Token[] {
  const tokens: Token[] = [];
  for (let rest = glob, atStart = true; rest !== ""; ) {
    const [taken, part] = nextGlobPart(rest, atStart);
    if (taken === "**/" || taken === "/**") optional(tokens, part);
    else tokens.push(...part);
    atStart = taken.endsWith("/");
    rest = rest.slice(taken.length);
  }
  return tokens;
}

function nextGlobPart(rest: string, atStart: boolean): readonly [taken: string, part: readonly Token[]] {
  if (atStart && rest.startsWith("**/")) return ["**/", [deep, slashToken]];
  if (rest === "/**") return ["/**", [slashToken, deep]];
  if (rest.startsWith("**")) return ["**", [deep]];
  if (rest.startsWith("*")) return ["*", [{ kind: "many", path: true }]];
  if (rest.startsWith("?")) return ["?", [{ kind: "one", path: true }]];
  const literal = /^\/?[^*?/]*/.exec(rest)?.[0] || rest.slice(0, 1);
  return [literal, charTokens(literal)];
}

/** Where the pattern can stand after `state` without a character, itself included, noted in `states`. Forks lead forwards only. */
function close(tokens: readonly Token[], states: Uint8Array): void {
  tokens.forEach((token, index) => {
    if (states[index] === 0) return;
    if (token.kind === "many") states[index + 1] = 1;
    if (token.kind === "fork") for (const target of token.to) states[target] = 1;
  });
}

function advance(tokens: readonly Token[], states: Uint8Array, code: number): Uint8Array {
  const next = new Uint8Array(tokens.length + 1);
  tokens.forEach((token, index) => {
    if (states[index] === 0 || token.kind === "fork") return;
    if (token.kind === "char") next[index + 1] ||= Number(token.code === code);
    else if (!token.path || code !== slash) next[token.kind === "one" ? index + 1 : index] = 1;
  });
  close(tokens, next);
  return next;
}

/**
 * Follows all ways through the pattern at once, so that no pattern and no text takes longer than their lengths multiplied. A regular expression made from
 * such a pattern takes exponentially long for some: both come from callers and agents.
 */
function matchesTokens(tokens: readonly Token[], text: string): boolean {
  let states: Uint8Array = new Uint8Array(tokens.length + 1);
  states[0] = 1;
  close(tokens, states);
  for (let index = 0; index < text.length; index += 1) {
    states = advance(tokens, states, text.charCodeAt(index));
    if (!states.includes(1)) return false;
  }
  return states[tokens.length] === 1;
}

/**
 * `*` and `?` stand for characters other than `/`, `**` for any; two of them and a slash also for nothing, and a slash and two of them at
 * the end for the directory itself, too.
 */
export function pathPattern(glob: string): Pattern {
  const tokens = globTokens(glob);
  return { matches: (text) => matchesTokens(tokens, text) };
}

/** `*` stands for any characters, `?` for one; a run of blanks for one. */
export function commandPattern(pattern: string): Pattern {
  const tokens = oneBlank(pattern)
    .split(/([*?])/)
    .flatMap((part): Token[] => {
      if (part === "*") return [deep];
      return part === "?" ? [{ kind: "one", path: false }] : charTokens(part);
    });
  return { matches: (text) => matchesTokens(tokens, oneBlank(text)) };
}

function oneBlank(text: string): string {
  return text.trim().replaceAll(/[ \t]+/g, " ");
}
