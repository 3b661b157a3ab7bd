import { expect, test } from "vitest";
import { isPlainUpdate, routeLine } from "./routing.ts";

function route(line: string): unknown {
  const block = Buffer.from(`{"other":1}\n${line}\n`);
  return routeLine(block, 12, block.length - 1);
}

test.each([
  ['{"jsonrpc":"2.0","method":"session/update","params":{"sessionId":"s","update":{}}}', { kind: "notification", sessionId: "s" }],
  ['{"jsonrpc":"2.0","method":"session/update","params":{"update":{},"sessionId":"s"}}', { kind: "notification", sessionId: "s" }],
  ['{"jsonrpc":"2.0","method":"session/update","params":{"sessionId":"a\\"b"}}', { kind: "notification", sessionId: 'a"b' }],
  ['{"method":"session/update"}', { kind: "notification", sessionId: null }],
  ['{"jsonrpc":"2.0","id":0,"method":"fs/read_text_file","params":{"sessionId":"s"}}', { kind: "request", id: 0, sessionId: "s" }],
  ['{"id":"1","result":{"method":"x"}}', { kind: "response", id: "1", failed: false }],
  ['{"id":1,"error":{}}', { kind: "response", id: 1, failed: true }],
  ['{"id":null,"error":{}}', { kind: "unroutable" }],
  ["[]", null],
  ["no", null],
])("%s", (line, expected) => {
  expect(route(line)).toEqual(expected);
});

test("a line that only quotes an update is not taken for one", () => {
  const line = Buffer.from('{"id":1,"result":{"text":"{\\"jsonrpc\\":\\"2.0\\",\\"method\\":\\"session/update\\","}}');
  expect(isPlainUpdate(line, 0, line.length)).toBe(false);
});
