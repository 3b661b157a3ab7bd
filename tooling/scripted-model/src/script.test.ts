import { expect, test } from "vitest";
import { parseScript, type Step } from "./script.ts";

test.each<[string, Step]>([
  ["say hello there", { kind: "say", text: "hello there" }],
  ["recall", { kind: "recall" }],
  ["run echo a | cat", { kind: "run", command: "echo a | cat" }],
  ["stream count=50 ms=20", { kind: "stream", count: 50, delayMilliseconds: 20, size: 0 }],
  ["write file=a.txt text=one\\ntwo = three", { kind: "write", file: "a.txt", text: "one\ntwo = three" }],
  ['call mcp__x__y {"a":1}', { kind: "call", tool: "mcp__x__y", input: { a: 1 } }],
  ["fail status=429 retry_after=2", { kind: "fail", status: 429, retryAfterSeconds: 2 }],
])("%s", (line, step) => {
  expect(parseScript(line)).toEqual([step]);
});

test.each(["write a poem", "recall what I said", "stream it", "fail status=200", "call someone", "call tool {broken}", "run", "what is 1+1?"])(
  "%s is no command and is echoed",
  (line) => expect(parseScript(line)).toEqual([{ kind: "say", text: `echo: ${line}` }]),
);

test("each line that is not empty is a step", () => {
  expect(parseScript("say a\n\n  recall\r\nhello")).toHaveLength(3);
});
