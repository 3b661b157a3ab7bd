import { readFileSync } from "node:fs";
import { Command, CommanderError, Option } from "commander";
import { addEventsCommand } from "./commands/events.ts";
import { addExecCommand } from "./commands/exec.ts";
import { addFilesCommands } from "./commands/files.ts";
import { addHealthCommand } from "./commands/health.ts";
import { addLoginCommands } from "./commands/login.ts";
import { addRunCommand } from "./commands/run.ts";
import { addSendCommand } from "./commands/send.ts";
import { addSessionsCommands } from "./commands/sessions.ts";
import type { GlobalOptions } from "./context.ts";
import { exitCodes } from "./exit-codes.ts";
import { tell } from "./failure.ts";
import type { Terminal } from "./terminal.ts";

const environmentHelp = `
Environment:
  AGENT_API_URL   the server, where --url is not given
  AGENT_API_KEY   its API key, where login kept none

Exit codes: 0 done, 1 the prompt failed, 2 wrong arguments, 3 the server refused or is not there, 4 the prompt was stopped, 130 interrupted.`;

/** Beside both `src` and `dist`. */
function ownVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { readonly version: string };
  return version;
}

function buildProgram(terminal: Terminal): Command {
  const program = new Command("agent-sdk")
    .description("Coding agents in sandboxes, from a terminal.")
    .version(ownVersion(), "-V, --version")
    .addOption(new Option("--url <url>", "the server's address (default: AGENT_API_URL, what login kept, http://localhost:7778)"))
    .option("--json", "print JSON: one value, or one event a line")
    .option("-q, --quiet", "print the result alone")
    .addHelpText("after", environmentHelp)
    .showHelpAfterError("(--help says more)")
    .exitOverride();
  for (const add of [addRunCommand, addSendCommand, addEventsCommand, addSessionsCommands, addExecCommand, addFilesCommands, addLoginCommands, addHealthCommand]) add(program, terminal);
  return program;
}

/** Commander prints at once; a terminal's writes are waited for. */
function collectOutput(program: Command): { readonly out: string[]; readonly err: string[] } {
  const collected: { readonly out: string[]; readonly err: string[] } = { out: [], err: [] };
  const configure = (command: Command): void => {
    command.configureOutput({ writeOut: (text) => collected.out.push(text), writeErr: (text) => collected.err.push(text) }).exitOverride();
    for (const child of command.commands) configure(child);
  };
  configure(program);
  return collected;
}

/** Does what a command line says. @returns the exit code; nothing is thrown. */
export async function runCommandLine(argv: readonly string[], terminal: Terminal): Promise<number> {
  const program = buildProgram(terminal);
  const { out, err } = collectOutput(program);
  try {
    await program.parseAsync(argv, { from: "user" });
    return exitCodes.ok;
  } catch (error) {
    if (!(error instanceof CommanderError)) return await tell(error, { json: program.opts<GlobalOptions>().json === true }, terminal);
    await terminal.out.write(out.join("")).catch((ignored: unknown) => ignored);
    await terminal.err.write(err.join("")).catch((ignored: unknown) => ignored);
    return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  }
}
