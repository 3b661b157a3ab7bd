import { AgentSdkError } from "@agent-sdk/core";
import type { Refusal, RunOptions } from "./database.ts";

/** The server's word on a failed statement, or null when the failure is not the server's (a broken connection, a time-out here). */
export function refusalOf(error: unknown): Refusal | null {
  if (typeof error !== "object" || error === null || !("code" in error) || !("severity" in error)) return null;
  const { code } = error;
  if (typeof code !== "string" || !/^[0-9A-Z]{5}$/u.test(code)) return null;
  return { code, constraint: "constraint" in error && typeof error.constraint === "string" ? error.constraint : undefined };
}

/** Serialization failure and deadlock: the statement was rolled back and may be run again as it is. */
export function isTransient(refusal: Refusal): boolean {
  return refusal.code === "40001" || refusal.code === "40P01";
}

/** The connection ended with the answer: class 08, and 57P01 to 57P05 (shutdown, crash, dropped database, idle time-out). */
export function endsConnection(refusal: Refusal): boolean {
  return refusal.code.startsWith("08") || refusal.code.startsWith("57P") || refusal.code === "25P03";
}

/** Rolled back by a time-out or for want of room: nothing was written. Class 53, query_canceled, lock_not_available, read-only. */
function isRolledBack(refusal: Refusal): boolean {
  return refusal.code.startsWith("53") || ["57014", "55P03", "25006", "40001", "40P01"].includes(refusal.code);
}

/** A write was sent and no reply came: it may have happened. */
export function lostReply(kind: RunOptions["kind"], cause: unknown): AgentSdkError {
  if (kind === "read") return new AgentSdkError("unavailable", "The connection to the database broke.", { cause });
  return new AgentSdkError("unknown_outcome", "The connection to the database broke before it answered: the write may or may not have happened.", { cause });
}

/** Nothing was sent. */
export function unreachable(cause: unknown): AgentSdkError {
  return new AgentSdkError("unavailable", "The database cannot be reached.", { cause });
}

/** A value that no row can hold: a NUL character, text that is not UTF-8, a number out of range, a key too long for an index. */
function badValue(refusal: Refusal, cause: unknown): AgentSdkError | undefined {
  if (refusal.code === "54000") return new AgentSdkError("too_large", "An id or a name is too long to be stored.", { cause });
  if (!["22021", "22003", "22P02", "22P05"].includes(refusal.code)) return undefined;
  return new AgentSdkError("bad_request", "A value holds a character or a number that cannot be stored.", { cause });
}

/** What a statement's failure means for its caller. */
export function failureOf(error: unknown, options: RunOptions): AgentSdkError {
  const refusal = refusalOf(error);
  if (refusal === null || endsConnection(refusal)) return lostReply(options.kind, error);
  const expected = options.refused?.(refusal) ?? badValue(refusal, error);
  if (expected !== undefined) return expected;
  if (isRolledBack(refusal)) return new AgentSdkError("unavailable", `The database gave up on the statement (${refusal.code}); nothing was written.`, { cause: error });
  return new AgentSdkError("internal", `The database refused a statement (${refusal.code}).`, { cause: error });
}
