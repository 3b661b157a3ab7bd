import { expect, it } from "vitest";
import { untilItsMinuteIsOver } from "./loading-time.ts";

const minute = Date.UTC(2026, 10, 25, 12, 30);
const at = (seconds: number): number => minute + seconds * 1000;
const wait = (now: number, begunAt: number | null, lastActiveAt = 0): number => untilItsMinuteIsOver({ now, begunAt, lastActiveAt });

it("waits for the next minute while the conversation's own is not over", () => {
  expect(wait(at(10), at(3))).toBe(51_000);
  expect(wait(at(59), at(3))).toBe(2000);
  expect(wait(at(60), at(3))).toBe(0);
  expect(wait(at(3600), at(3))).toBe(0);
});

it("allows for a clock in the sandbox that is a little ahead", () => {
  expect(wait(at(70), at(59.5))).toBe(51_000);
});

it("waits where another owner may have begun it just now, and never for one that rested for a minute", () => {
  expect(wait(at(10), null, at(5))).toBe(51_000);
  expect(wait(at(60), null, at(5))).toBe(61_000);
  expect(wait(at(65), null, at(5))).toBe(0);
});
