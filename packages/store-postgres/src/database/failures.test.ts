import { AgentSdkError } from "@agent-sdk/core";
import { describe, expect, it } from "vitest";
import { failureOf } from "./failures.ts";

/** As both drivers throw what the server said. */
function refusal(code: string, constraint?: string): Error {
  return Object.assign(new Error("refused"), { code, severity: "ERROR", constraint });
}

describe("failureOf", () => {
  it.each(["57P01", "57P02", "08006", "25P03"])("calls a write unknown and a read unavailable when the connection ended with %s", (code) => {
    expect(failureOf(refusal(code), { kind: "write" }).code).toBe("unknown_outcome");
    expect(failureOf(refusal(code), { kind: "read" }).code).toBe("unavailable");
  });

  it("does the same for what the server did not say: a reset, a time-out here", () => {
    const reset = Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" });
    expect(failureOf(reset, { kind: "write" }).code).toBe("unknown_outcome");
    expect(failureOf(new Error("Query read timeout"), { kind: "read" }).code).toBe("unavailable");
  });

  it.each(["57014", "55P03", "53100", "40P01", "40001", "25006"])("calls a write that was rolled back with %s unavailable: nothing was written", (code) => {
    expect(failureOf(refusal(code), { kind: "write" })).toMatchObject({ code: "unavailable", retryable: true });
  });

  it("lets the caller name what it expected, and calls the rest internal", () => {
    const refused = ({ constraint }: { constraint: string | undefined }): AgentSdkError | undefined => (constraint === "key" ? new AgentSdkError("conflict", "taken") : undefined);
    expect(failureOf(refusal("23505", "key"), { kind: "write", refused }).code).toBe("conflict");
    expect(failureOf(refusal("23505", "other"), { kind: "write", refused }).code).toBe("internal");
    expect(failureOf(refusal("42P01"), { kind: "read" }).code).toBe("internal");
  });
});
