import { ApiClient, Session, type TransportOptions } from "@agent-sdk/client";
import type { Command } from "commander";
import { connectionOf } from "./connection.ts";
import type { Terminal } from "./terminal.ts";

/** The options that every command takes. */
export interface GlobalOptions {
  readonly url?: string | undefined;
  readonly json?: boolean | undefined;
  readonly quiet?: boolean | undefined;
}

/** What a command works with. */
export interface CommandContext {
  readonly terminal: Terminal;
  readonly transport: TransportOptions;
  readonly api: ApiClient;
  /** Machines read the output. */
  readonly json: boolean;
  readonly quiet: boolean;
  /** Aborts at Ctrl-C. */
  readonly signal: AbortSignal;
  session(id: string): Session;
  /** One JSON value, on a line of its own. */
  printJson(value: unknown): Promise<void>;
  /** A line for people, on the error output; nothing with `--quiet`. */
  note(line: string): Promise<void>;
}

/** @throws ApiError `invalid_url`, `insecure_url`. */
export async function contextOf(command: Command, terminal: Terminal): Promise<CommandContext> {
  const { url, json = false, quiet = false } = command.optsWithGlobals<GlobalOptions>();
  const transport = await connectionOf({ url, quiet }, terminal);
  const api = new ApiClient(transport);
  return {
    terminal,
    transport,
    api,
    json,
    quiet,
    signal: terminal.interrupts.signal,
    session: (id) => new Session(id, api),
    printJson: (value) => terminal.out.write(`${JSON.stringify(value)}\n`),
    note: async (line) => {
      if (!quiet) await terminal.err.write(`${line}\n`);
    },
  };
}
