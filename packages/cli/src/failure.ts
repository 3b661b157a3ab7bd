import { isApiError, isPromptError } from "@agent-sdk/client";
import { exitCodes } from "./exit-codes.ts";
import { Interrupted, type Terminal } from "./terminal.ts";

/** A command line that makes no sense: told without more. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Ends the command with a code that is not its own failure. */
export class ExitWith extends Error {
  override readonly name = "ExitWith";
  readonly exitCode: number;

  constructor(exitCode: number) {
    super(`exit code ${exitCode}`);
    this.exitCode = exitCode;
  }
}

interface Report {
  readonly message: string;
  readonly code: string;
  readonly kind?: string | undefined;
  readonly request_id?: string | null | undefined;
  readonly [detail: string]: unknown;
}

interface Failure {
  readonly exitCode: number;
  /** Null: there is nothing to say. */
  readonly report: Report | null;
}

function isBrokenPipe(error: unknown): boolean {
  return error instanceof Error && (error as NodeJS.ErrnoException).code === "EPIPE";
}

/** What an error means for the command. */
export function failureOf(error: unknown): Failure {
  // Who reads our output has seen enough.
  if (isBrokenPipe(error)) return { exitCode: exitCodes.ok, report: null };
  if (error instanceof ExitWith) return { exitCode: error.exitCode, report: null };
  if (error instanceof Interrupted) return { exitCode: exitCodes.interrupted, report: null };
  if (error instanceof UsageError) return { exitCode: exitCodes.usage, report: { message: error.message, code: "usage" } };
  if (isPromptError(error)) return { exitCode: exitCodes.failed, report: { message: error.message, code: error.code, kind: error.kind, rpc_id: error.rpcId } };
  if (isApiError(error)) {
    const { message, code, status, requestId, retryable, details } = error;
    return { exitCode: exitCodes.refused, report: { message, code, status, request_id: requestId, retryable, ...details } };
  }
  return { exitCode: exitCodes.failed, report: { message: error instanceof Error ? error.message : String(error), code: "failed" } };
}

/** Words that say no more than the sentence does. */
const wordless: ReadonlySet<string> = new Set(["failed", "usage"]);

function sentence({ message, code, kind, request_id: requestId }: Report): string {
  const word = kind ?? code;
  const parts = [...(wordless.has(word) ? [] : [word]), ...(requestId ? [`request ${requestId}`] : [])];
  return parts.length === 0 ? `error: ${message}\n` : `error: ${message} (${parts.join(", ")})\n`;
}

/** Tells of an error, and answers the exit code. */
export async function tell(error: unknown, options: { readonly json: boolean }, { err }: Terminal): Promise<number> {
  const { exitCode, report } = failureOf(error);
  if (report !== null) await err.write(options.json ? `${JSON.stringify({ error: report })}\n` : sentence(report)).catch((ignored: unknown) => ignored);
  return exitCode;
}
