import { describe, expect, it } from "vitest";
import { plainArray, textArray } from "./arrays.ts";

describe("array literals", () => {
  it("quote every text, so that none is taken for syntax", () => {
    expect(textArray([])).toBe("{}");
    expect(textArray(["a", "", "NULL", null, 'x"y\\z', "{1,2}"])).toBe(String.raw`{"a","","NULL",NULL,"x\"y\\z","{1,2}"}`);
  });

  it("write numbers and booleans as they are", () => {
    expect(plainArray([1, -2, null, true, false])).toBe("{1,-2,NULL,true,false}");
  });
});
