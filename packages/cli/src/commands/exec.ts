import { isApiError } from "@agent-sdk/client";
import type { ExecAnswer } from "@agent-sdk/core/api";
import type { Command } from "commander";
import { contextOf, type CommandContext } from "../context.ts";
import { exitCodes } from "../exit-codes.ts";
import { ExitWith, tell } from "../failure.ts";
import { positiveNumber } from "../numbers.ts";
import { shellCommand } from "../shell-words.ts";
import { readAll, type Terminal } from "../terminal.ts";

interface ExecOptions {
  readonly timeout?: number | undefined;
  readonly cwd?: string | undefined;
  readonly stdin?: boolean | undefined;
}

function exitCodeOf(answer: ExecAnswer): number {
  if (answer.timed_out) return exitCodes.timedOut;
  return answer.exit_code ?? exitCodes.unknown;
}

async function print(answer: ExecAnswer, context: CommandContext): Promise<void> {
  if (context.json) return context.printJson(answer);
  await context.terminal.out.write(answer.stdout);
  await context.terminal.err.write(answer.stderr);
  if (answer.stdout_truncated || answer.stderr_truncated) await context.note("the output was longer than the server keeps; its end is missing");
  if (answer.timed_out) await context.note("the command ran out of its time and was ended");
  else if (answer.exit_code === null) await context.note(`the command was ended by ${answer.signal ?? "an unknown signal"}`);
  return undefined;
}

async function exec(id: string, words: readonly string[], options: ExecOptions, context: CommandContext): Promise<void> {
  const { timeout, cwd } = options;
  const stdin = options.stdin === true ? await readAll(context.terminal.input) : undefined;
  let answer: ExecAnswer;
  try {
    answer = await context.session(id).sandbox.exec(shellCommand(words), { timeout, cwd, stdin, signal: context.signal });
  } catch (error) {
    if (!isApiError(error)) throw error;
    await tell(error, context, context.terminal);
    // No code that the command could have ended with.
    throw new ExitWith(exitCodes.unknown);
  }
  await print(answer, context);
  const exitCode = exitCodeOf(answer);
  if (exitCode !== exitCodes.ok) throw new ExitWith(exitCode);
}

/** `agent-sdk exec`: a command in a session's sandbox, with its output and its exit code. */
export function addExecCommand(program: Command, terminal: Terminal): void {
  program
    .command("exec")
    .description("Run a command in a session's sandbox; its exit code is this one's (124: out of time, 125: not known).")
    .argument("<session>", "the session's id")
    .argument("<command...>", "after --; one argument is a shell's line, several are a program and its arguments")
    .option("--timeout <seconds>", "30 where it is not given, 300 at most", positiveNumber)
    .option("--cwd <path>", "where to run it")
    .option("-i, --stdin", "hand on the standard input, to its end")
    .action(async (id: string, words: readonly string[], options: ExecOptions, self: Command) => exec(id, words, options, await contextOf(self, terminal)));
}
