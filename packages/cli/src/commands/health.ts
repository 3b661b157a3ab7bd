import type { Command } from "commander";
import { contextOf } from "../context.ts";
import type { Terminal } from "../terminal.ts";

async function health(self: Command, terminal: Terminal): Promise<void> {
  const context = await contextOf(self, terminal);
  const answer = await context.api.health({ signal: context.signal });
  if (context.json) await context.printJson(answer);
  else await terminal.out.write(`${answer.status}, version ${answer.version}\n`);
}

/** `agent-sdk health`: whether the server is there. */
export function addHealthCommand(program: Command, terminal: Terminal): void {
  program
    .command("health")
    .description("Whether the server is there.")
    .action((_options: object, self: Command) => health(self, terminal));
}
