import { describe, expect, it } from "vitest";
import { decodePayload, encodePayloads } from "./payloads.ts";

describe("payloads", () => {
  it("carry every id once, each payload below the server's limit", () => {
    const ids = Array.from({ length: 2_000 }, (_, index) => `é"${index}`);
    const payloads = encodePayloads("origin", "events", ids);
    expect(payloads.length).toBeGreaterThan(1);
    expect(payloads.every((payload) => Buffer.byteLength(payload) < 8_000)).toBe(true);
    const decoded = payloads.map((payload) => decodePayload(payload));
    expect(decoded.flatMap((payload) => payload?.notification.sessionIds)).toEqual(ids);
    expect(decoded.every((payload) => payload?.origin === "origin" && payload.notification.kind === "events")).toBe(true);
  });

  it("are none for no ids, and leave out an id that no payload can hold", () => {
    expect(encodePayloads("origin", "work", [])).toEqual([]);
    expect(encodePayloads("origin", "work", ["x".repeat(9_000), "a"]).map(decodePayload)).toEqual([{ origin: "origin", notification: { kind: "work", sessionIds: ["a"] } }]);
  });

  it.each(["", "x", "{}", "[]", '["origin"]', '["origin","other","a"]', '["origin","work",1]', "null"])("ignore %j, which is not ours", (text) => {
    expect(decodePayload(text)).toBeNull();
  });
});
