import { systemEnv } from "@agent-sdk/core";
import { describe, expect, it } from "vitest";
import { KeyRing, sealedWith } from "./key-ring.ts";

const env = systemEnv();
const keyOf = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);
const one = new KeyRing([{ id: "one", key: keyOf(1) }], env);

describe("KeyRing", () => {
  it("opens what it sealed, in the same place only", () => {
    const sealed = one.seal("Ünïcode \u0000 🙂", "here");
    expect(one.open(sealed, "here")).toBe("Ünïcode \u0000 🙂");
    expect(() => one.open(sealed, "there")).toThrow(/cannot be decrypted/);
  });

  it("seals the same text differently each time, and names the key", () => {
    const texts = new Set(Array.from({ length: 100 }, () => one.seal("same", "here")));
    expect(texts.size).toBe(100);
    for (const text of texts) expect([sealedWith(text), text.includes("same")]).toEqual(["one", false]);
  });

  it("seals with the first key and opens with any", () => {
    const both = new KeyRing([{ id: "two", key: keyOf(2) }, { id: "one", key: keyOf(1) }], env);
    expect(both.open(one.seal("old", "here"), "here")).toBe("old");
    expect(sealedWith(both.seal("new", "here"))).toBe("two");
    expect(() => one.open(both.seal("new", "here"), "here")).toThrow(/encrypted with the key "two", which this server does not have/);
  });

  it("refuses what was changed at any place, and another key of the same id", () => {
    const sealed = one.seal("text", "here");
    const head = sealed.length - Buffer.from(sealed.split(":").at(-1) ?? "", "base64url").toString("base64url").length;
    for (let index = head; index < sealed.length; index += 1) {
      const other = sealed[index] === "A" ? "B" : "A";
      const changed = sealed.slice(0, index) + other + sealed.slice(index + 1);
      // The last character of base64 may have bits that mean nothing.
      if (Buffer.from(changed.slice(head), "base64url").equals(Buffer.from(sealed.slice(head), "base64url"))) continue;
      expect(() => one.open(changed, "here")).toThrow(/cannot be decrypted/);
    }
    expect(() => one.open(sealed.slice(0, head + 8), "here")).toThrow(/cannot be decrypted/);
    expect(() => new KeyRing([{ id: "one", key: keyOf(9) }], env).open(sealed, "here")).toThrow(/cannot be decrypted/);
  });

  it.each([
    ["an id with a colon", [{ id: "a:b", key: keyOf(1) }]],
    ["a short key", [{ id: "a", key: new Uint8Array(16) }]],
    ["an id twice", [{ id: "a", key: keyOf(1) }, { id: "a", key: keyOf(2) }]],
  ])("refuses %s", (_, keys) => {
    expect(() => new KeyRing(keys, env)).toThrow(expect.objectContaining({ code: "bad_request" }));
  });

  it("is told from clear text by its whole form", () => {
    expect([sealedWith("sealed:1:a:"), sealedWith("x sealed:1:a:AAAA"), sealedWith("sealed:2:a:AAAA"), sealedWith(null), sealedWith({})]).toEqual([null, null, null, null, null]);
  });
});
