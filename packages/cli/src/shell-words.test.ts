import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";
import { shellCommand } from "./shell-words.ts";

it("leaves a shell's line as it is", () => {
  expect(shellCommand(["echo $HOME | wc -c"])).toBe("echo $HOME | wc -c");
});

it.skipIf(process.platform === "win32")("keeps each of several words one word, whatever is in it", () => {
  const words = ["a b", "it's", "$HOME", "`id`", "", "x;y", "new\nline", "*", "\\", "ü", "plain-1/2", "-la"];
  const printed = execFileSync("sh", ["-c", shellCommand(["printf", String.raw`%s\0`, ...words])], { encoding: "utf8" });
  expect(printed.split("\0").slice(0, -1)).toEqual(words);
});
