import { expect, test } from "vitest";
import { replaceMember } from "./json-member.ts";

test.each([
  ['{"id":1,"result":{"id":1}}', '{"id":"x","result":{"id":1}}'],
  ['{ "result" : [ {"id":1} , "}\\",{" ] , "id" : "agent-7" }', '{ "result" : [ {"id":1} , "}\\",{" ] , "id" : "x" }'],
  ['{"a":"\\"id\\":1","b":-1.5e3,"c":null,"id":null}', '{"a":"\\"id\\":1","b":-1.5e3,"c":null,"id":"x"}'],
  ['{"id":1,"id":2}', '{"id":"x","id":"x"}'],
  ['{"text":"grüße 🙂","id":{"odd":[1]}}\n', '{"text":"grüße 🙂","id":"x"}\n'],
  ['{"result":{}}', '{"result":{}}'],
  ["{}", "{}"],
])("%s", (before, after) => {
  expect(replaceMember(Buffer.from(before), "id", '"x"').toString()).toBe(after);
});
