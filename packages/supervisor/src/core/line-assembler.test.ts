import { expect, test } from "vitest";
import { LineAssembler } from "./line-assembler.ts";

test("every way of cutting a text into chunks gives the same lines", () => {
  const text = Buffer.from('{"a":"ü"}\n\n{"b":"🙂🙂"}\n{"c":1}');
  for (let size = 1; size <= text.length; size++) {
    const lines = new LineAssembler(100);
    const blocks: Buffer[] = [];
    for (let at = 0; at < text.length; at += size) {
      const block = lines.push(text.subarray(at, at + size));
      if (block === "too_large") throw new Error("Too large.");
      if (block) blocks.push(block);
    }
    expect(blocks.every((block) => block.at(-1) === 0x0a)).toBe(true);
    blocks.push(lines.flush() ?? Buffer.alloc(0));
    expect(Buffer.concat(blocks).toString()).toBe(`${text.toString()}\n`);
  }
});

test("a line beyond the limit is refused, ended or not", () => {
  expect(new LineAssembler(10).push(Buffer.alloc(11, "x"))).toBe("too_large");
  const lines = new LineAssembler(10);
  expect(lines.push(Buffer.alloc(8, "x"))).toBeNull();
  expect(lines.push(Buffer.from("yyy\n"))).toBe("too_large");
});
