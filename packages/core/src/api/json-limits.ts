import { AgentSdkError } from "../errors.ts";

const maxDepth = 64;

function assertStorable(value: string): void {
  if (value.includes("\0")) throw new AgentSdkError("bad_request", "The body contains the character NUL, which cannot be stored.");
  if (!value.isWellFormed()) throw new AgentSdkError("bad_request", "The body contains half of a surrogate pair, which cannot be stored.");
}

function members(value: object): readonly (readonly [string, unknown])[] {
  return Object.entries(value);
}

/**
 * Bounds the nesting of a parsed body, since what recurses over it later has a finite stack, and with `storable` refuses the strings that a
 * database does not take. Iterative itself.
 * @throws AgentSdkError `bad_request`
 */
export function assertJsonLimits(body: unknown, options: { readonly storable: boolean }): void {
  const stack: { readonly value: unknown; readonly depth: number }[] = [{ value: body, depth: 0 }];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { value, depth } = next;
    if (options.storable && typeof value === "string") assertStorable(value);
    if (typeof value !== "object" || value === null) continue;
    if (depth >= maxDepth) throw new AgentSdkError("bad_request", `The body is nested more than ${maxDepth} levels deep.`);
    for (const [name, member] of members(value)) {
      if (options.storable) assertStorable(name);
      stack.push({ value: member, depth: depth + 1 });
    }
  }
}
