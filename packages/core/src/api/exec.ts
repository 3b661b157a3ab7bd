import * as z from "zod";
import type { ExecRequest, ExecResult } from "../supervisor.ts";
import { text, variables } from "./fields.ts";
import { parseBody } from "./parse.ts";

/** The body of `POST /sessions/{id}/sandbox/exec`. `timeout` in seconds. */
export interface ExecBody {
  readonly command: string;
  readonly timeout?: number | null | undefined;
  readonly cwd?: string | null | undefined;
  readonly env?: Readonly<Record<string, string>> | null | undefined;
  readonly stdin?: string | null | undefined;
}

export interface ExecAnswer {
  readonly stdout: string;
  readonly stderr: string;
  /** Null when a signal ended the command. */
  readonly exit_code: number | null;
  readonly signal: string | null;
  readonly stdout_truncated: boolean;
  readonly stderr_truncated: boolean;
  readonly timed_out: boolean;
}

export const execBody: z.ZodType<ExecBody> = z.strictObject({
  command: text(131_072),
  timeout: z.number().positive().max(300).nullish(),
  cwd: text(4096).nullish(),
  env: variables.nullish(),
  stdin: z.string().nullish(),
}).meta({ id: "ExecBody" });

export const execAnswerSchema: z.ZodType<ExecAnswer> = z.object({
  stdout: z.string(),
  stderr: z.string(),
  exit_code: z.int().nullable(),
  signal: z.string().nullable(),
  stdout_truncated: z.boolean(),
  stderr_truncated: z.boolean(),
  timed_out: z.boolean(),
}).meta({ id: "ExecAnswer" });

const defaultTimeoutSeconds = 30;

/** @throws AgentSdkError `bad_request` */
export function parseExec(body: unknown): ExecRequest {
  const { command, timeout, cwd, env, stdin } = parseBody(execBody, body);
  return { command, timeoutMs: Math.ceil((timeout ?? defaultTimeoutSeconds) * 1000), cwd: cwd ?? undefined, env: env ?? undefined, stdin: stdin ?? undefined };
}

export function execAnswer(result: ExecResult): ExecAnswer {
  return {
    stdout: result.stdout,
    stderr: result.stderr,
    exit_code: result.exitCode,
    signal: result.signal,
    stdout_truncated: result.stdoutTruncated,
    stderr_truncated: result.stderrTruncated,
    timed_out: result.timedOut,
  };
}
