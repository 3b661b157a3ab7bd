import { expect, test } from "vitest";
import { readEmitted } from "./emitted.ts";

test("reads the number and the time of an emitted update", () => {
  expect(readEmitted("#17 xxxx")).toEqual({ number: 17 });
  expect(readEmitted("#17 @1763000000000123 xxxx")).toEqual({ number: 17, sentAtMicroseconds: 1763000000000123 });
  expect(readEmitted("echo: #17 xxxx")).toBeUndefined();
});
