import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, it } from "vitest";
import { fileContentJson } from "./file-content.ts";

async function answer(bytes: Uint8Array): Promise<unknown> {
  const pieces = await Array.fromAsync(fileContentJson(bytes));
  return JSON.parse(pieces.join(""));
}

it.each([0, 1, 2, 3, 4])("gives text as it is, wherever a piece ends: shifted by %i", async (shift) => {
  const text = "a".repeat(shift) + '€🙂é"\\\n\u0000\u2028'.repeat(60_000);
  expect(await answer(Buffer.from(text))).toEqual({ content: text });
});

it.each([0, 1, 2])("gives what is no text as base64: %i bytes above a multiple of three", async (more) => {
  const bytes = Buffer.alloc(3 * 200_000 + more, 0xff);
  const given = (await answer(bytes)) as { readonly content_base64: string };
  expect(Object.keys(given)).toEqual(["content_base64"]);
  expect(Buffer.from(given.content_base64, "base64").equals(bytes)).toBe(true);
});

it("gives an empty file as empty text", async () => {
  expect(await answer(Buffer.alloc(0))).toEqual({ content: "" });
});

it("lets others run between the pieces", async () => {
  let turns = 0;
  let pieces = 0;
  let done = false;
  const counting = (async () => {
    for (; !done; turns += 1) await nextTurn();
  })();
  for await (const piece of fileContentJson(Buffer.alloc(4 * 1024 * 1024, 0xff))) pieces += Math.sign(piece.length);
  done = true;
  await counting;
  expect(turns).toBeGreaterThan(pieces / 2);
});
