import type { TestContext } from "vitest";

/** Skips a test and says what it would have needed. */
export function skipBecause(context: TestContext, reason: string): never {
  Object.assign(context.task.meta, { skipReason: reason });
  return context.skip(reason);
}
