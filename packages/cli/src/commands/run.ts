import type { PromptOptions, Session } from "@agent-sdk/client";
import { Option, type Command } from "commander";
import { contextOf, type CommandContext } from "../context.ts";
import { exitCodes } from "../exit-codes.ts";
import { ExitWith, UsageError } from "../failure.ts";
import { EventPrinter } from "../output/print-events.ts";
import { promptText } from "../prompt-text.ts";
import { addSessionOptions, hasSessionOptions, sessionFields, type SessionOptions } from "../session-options.ts";
import type { Terminal } from "../terminal.ts";

interface RunOptions extends SessionOptions {
  readonly session?: string | undefined;
  readonly interrupt?: boolean | undefined;
  readonly delete?: boolean | undefined;
  readonly onSandboxLoss?: "fail" | "retry" | undefined;
}

async function openSession(options: RunOptions, context: CommandContext): Promise<Session> {
  if (options.session === undefined) {
    const fields = await sessionFields(options, context.terminal.env);
    const { session_id: id } = await context.api.createSession({ provision: false, ...fields }, { signal: context.signal });
    return context.session(id);
  }
  // The model may be another one for this prompt.
  if (hasSessionOptions({ ...options, model: undefined })) throw new UsageError("--session goes on with a session that exists; options of a new one do not go with it.");
  return context.session(options.session);
}

/** The first Ctrl-C cancels the prompt and waits for its end; the second leaves it to the server. */
function cancelAtInterrupt(session: Session, context: CommandContext): void {
  const { terminal, signal } = context;
  terminal.interrupts.soften(() => {
    const cancelling = context.note("cancelling; once more leaves the prompt to the server").then(() => session.cancel({ signal }));
    // What it fails with shows in the prompt that goes on, and a second Ctrl-C is there for that.
    void cancelling.catch((ignored: unknown) => ignored);
  });
}

async function streamPrompt(session: Session, message: string, options: RunOptions, context: CommandContext): Promise<number> {
  const printer = new EventPrinter(context);
  const prompt: PromptOptions = { signal: context.signal, interrupt: options.interrupt, model: options.session === undefined ? undefined : options.model, onSandboxLoss: options.onSandboxLoss };
  let exitCode = exitCodes.failed;
  for await (const event of session.stream(message, prompt)) {
    await printer.print(event);
    if (event.type === "done") exitCode = event.stopReason === "end_turn" ? exitCodes.ok : exitCodes.stopped;
    if (event.type === "error" && !context.json) await context.terminal.err.write(`error: ${event.message} (${event.kind})\n`);
  }
  return exitCode;
}

/** What is done with the session at the end, however it ended: its sandbox is released, so that it costs nothing. */
async function leaveSession(session: Session, options: RunOptions, context: CommandContext): Promise<void> {
  if (options.delete === true) return session.delete();
  if (context.signal.aborted) return undefined;
  const { agent_busy: busy, pending_count: waiting } = await session.status();
  return busy || waiting > 0 ? undefined : session.release();
}

async function run(words: readonly string[], options: RunOptions, context: CommandContext): Promise<void> {
  const message = await promptText(words, context.terminal);
  const session = await openSession(options, context);
  await context.note(`session ${session.id}`);
  cancelAtInterrupt(session, context);
  let exitCode: number;
  try {
    exitCode = await streamPrompt(session, message, options, context);
  } finally {
    await leaveSession(session, options, context);
  }
  if (exitCode !== exitCodes.ok) throw new ExitWith(exitCode);
}

/** `agent-sdk run`: one prompt, from its text to its end. */
export function addRunCommand(program: Command, terminal: Terminal): void {
  const command = program
    .command("run")
    .description("Run a prompt and show what the agent does. Ctrl-C cancels it.")
    .argument("[prompt...]", "what the agent is to do; - reads it from the standard input")
    .option("-s, --session <id>", "go on with this session instead of a new one")
    .option("--interrupt", "cancel what runs in the session first")
    .option("--delete", "delete the session afterwards; otherwise only its sandbox is released")
    .addOption(new Option("--on-sandbox-loss <what>", "when the sandbox is lost on the way").choices(["fail", "retry"]));
  addSessionOptions(command).action(async (words: readonly string[], options: RunOptions, self: Command) => run(words, options, await contextOf(self, terminal)));
}
