import type { Command } from "commander";
import { contextOf } from "../context.ts";
import { wholeNumber } from "../numbers.ts";
import { EventPrinter } from "../output/print-events.ts";
import type { Terminal } from "../terminal.ts";

interface EventsOptions {
  readonly after?: number | undefined;
  readonly rpcId?: string | undefined;
  readonly follow: boolean;
}

async function showEvents(id: string, options: EventsOptions, self: Command, terminal: Terminal): Promise<void> {
  const context = await contextOf(self, terminal);
  const printer = new EventPrinter(context);
  const { after, rpcId, follow } = options;
  // What there is now, is everything.
  const start = after ?? (follow || rpcId !== undefined ? undefined : 0);
  for await (const event of context.session(id).events({ after: start, rpcId, follow, signal: context.signal })) await printer.print(event);
  if (!context.json) await printer.endLine();
}

/** `agent-sdk events`: a session's stream, past and to come. */
export function addEventsCommand(program: Command, terminal: Terminal): void {
  program
    .command("events")
    .description("Show a session's events, from now on or after a number. Ctrl-C ends it.")
    .argument("<session>", "the session's id")
    .option("--after <number>", "everything after this event; 0 is the beginning", wholeNumber)
    .option("--rpc-id <id>", "one prompt's events, to its end")
    .option("--no-follow", "end at what there is now")
    .action((id: string, options: EventsOptions, self: Command) => showEvents(id, options, self, terminal));
}
