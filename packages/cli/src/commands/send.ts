import { Option, type Command } from "commander";
import { contextOf } from "../context.ts";
import { promptText } from "../prompt-text.ts";
import type { Terminal } from "../terminal.ts";

interface SendOptions {
  readonly interrupt?: boolean | undefined;
  readonly model?: string | undefined;
  readonly rpcId?: string | undefined;
  readonly onSandboxLoss?: "fail" | "retry" | undefined;
}

async function send(id: string, words: readonly string[], options: SendOptions, self: Command, terminal: Terminal): Promise<void> {
  const context = await contextOf(self, terminal);
  const { interrupt, model, rpcId, onSandboxLoss } = options;
  const message = await promptText(words, terminal);
  const body = { message, interrupt, model, rpc_id: rpcId, on_sandbox_loss: onSandboxLoss };
  const answer = await context.api.sendMessage(id, body, { signal: context.signal });
  if (context.json) await context.printJson(answer);
  else await terminal.out.write(`${answer.rpc_id}\n`);
}

/** `agent-sdk send`: puts a prompt into the queue and does not wait. */
export function addSendCommand(program: Command, terminal: Terminal): void {
  program
    .command("send")
    .description("Queue a prompt and print its id; `events` shows what comes of it.")
    .argument("<session>", "the session's id")
    .argument("[prompt...]", "what the agent is to do; - reads it from the standard input")
    .option("--interrupt", "cancel what runs first")
    .option("--model <model>", "for this prompt alone")
    .option("--rpc-id <id>", "the prompt's id; sending it twice with the same is safe")
    .addOption(new Option("--on-sandbox-loss <what>", "when the sandbox is lost on the way").choices(["fail", "retry"]))
    .action((id: string, words: readonly string[], options: SendOptions, self: Command) => send(id, words, options, self, terminal));
}
