import { describe, expect, it } from "vitest";
import { commandPattern, maxPatternLength, maxTextLength, pathPattern } from "./pattern.ts";

describe("a path's pattern", () => {
  it.each([
    ["src/a.ts", "src/a.ts", true],
    ["src/a.ts", "src/a.tsx", false],
    ["*.ts", "a.ts", true],
    ["*.ts", "src/a.ts", false],
    ["src/*/a.ts", "src/x/a.ts", true],
    ["src/*/a.ts", "src/x/y/a.ts", false],
    ["src/**/a.ts", "src/a.ts", true],
    ["src/**/a.ts", "src/x/y/a.ts", true],
    ["src/**/a.ts", "src/xa.ts", false],
    ["**/.env", ".env", true],
    ["**/.env", "a/b/.env", true],
    ["**/.env", "a/b/x.env", false],
    ["**/.env*", "a/.env.local", true],
    ["secrets/**", "secrets", true],
    ["secrets/**", "secrets/a/b", true],
    ["secrets/**", "secrets2/a", false],
    ["**", "any/thing", true],
    ["a**c", "ab/bc", true],
    ["a?c", "abc", true],
    ["a?c", "a/c", false],
    ["/etc/**", "/etc/passwd", true],
    ["/**", "/etc/passwd", true],
    ["[ab]{c,d}", "[ab]{c,d}", true],
    ["[ab]", "a", false],
    ["ü*", "üb", true],
    ["🙂?", "🙂x", true],
    ["", "", true],
    ["", "a", false],
  ])("%j on %j: %s", (pattern, text, expected) => {
    expect(pathPattern(pattern).matches(text)).toBe(expected);
  });
});

describe("a command's pattern", () => {
  it.each([
    ["git *", "git status", true],
    ["git *", "git", false],
    ["git *", "gitk", false],
    ["git  push*", "git push   origin", true],
    ["git push*", "  git \t push", true],
    ["npm run ?est", "npm run test", true],
    ["*rm -rf*", "sudo rm -rf /a/b", true],
    ["*", "", true],
  ])("%j on %j: %s", (pattern, text, expected) => {
    expect(commandPattern(pattern).matches(text)).toBe(expected);
  });
});

it("takes the longest pattern and text that there may be in time that their product bounds", () => {
  // Of a regular expression made from it this asks for more steps than there is time.
  const pattern = `${"*a".repeat(maxPatternLength / 2 - 1)}*b`;
  expect(pathPattern(pattern).matches("a".repeat(maxTextLength))).toBe(false);
});
