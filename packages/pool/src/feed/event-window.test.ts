import type { StoredEvent } from "@agent-sdk/core";
import { describe, expect, it } from "vitest";
import { EventWindow } from "./event-window.ts";

function events(from: number, to: number, size = 10): StoredEvent[] {
  return Array.from({ length: to - from + 1 }, (_, index) => ({ sessionId: "s", seq: from + index, rpcId: null, message: "x".repeat(size), createdAt: new Date(0) }));
}

const seqs = (found: readonly StoredEvent[] | null): readonly number[] | null => found && found.map((event) => event.seq);

describe("EventWindow", () => {
  it("gives what comes after a position, and nothing at the end", () => {
    const window = new EventWindow({ maxEvents: 10, maxBytes: 1000 });
    window.push(events(1, 5));
    expect(seqs(window.after(2, 10))).toEqual([3, 4, 5]);
    expect(seqs(window.after(0, 2))).toEqual([1, 2]);
    expect(seqs(window.after(5, 10))).toEqual([]);
  });

  it("does not answer for positions that it does not reach back to", () => {
    const window = new EventWindow({ maxEvents: 3, maxBytes: 1000 });
    window.push(events(1, 5));
    expect(window.after(1, 10)).toBeNull();
    expect(seqs(window.after(2, 10))).toEqual([3, 4, 5]);
    expect(new EventWindow({ maxEvents: 3, maxBytes: 1000 }).after(0, 10)).toBeNull();
  });

  it("begins anew behind a gap, so that it never has one", () => {
    const window = new EventWindow({ maxEvents: 10, maxBytes: 1000 });
    window.push(events(1, 3));
    window.push(events(5, 6));
    expect(window.after(3, 10)).toBeNull();
    expect(seqs(window.after(4, 10))).toEqual([5, 6]);
  });

  it("ignores what it has", () => {
    const window = new EventWindow({ maxEvents: 10, maxBytes: 1000 });
    window.push(events(1, 3));
    window.push(events(2, 3));
    expect(seqs(window.after(0, 10))).toEqual([1, 2, 3]);
  });

  it("stays within its bounds however much passes through", () => {
    const window = new EventWindow({ maxEvents: 100, maxBytes: 500 });
    for (let start = 1; start < 10_000; start += 50) window.push(events(start, start + 49));
    expect(window.lastSeq).toBe(10_000);
    expect(window.after(10_000 - 51, 100)).toBeNull();
    expect(seqs(window.after(10_000 - 50, 100))).toHaveLength(50);
  });

  it("keeps one event that is larger than the bound", () => {
    const window = new EventWindow({ maxEvents: 10, maxBytes: 100 });
    window.push(events(1, 1, 1000));
    expect(seqs(window.after(0, 10))).toEqual([1]);
  });
});
