import type { AgentEvent } from "@agent-sdk/client";
import type { CommandContext } from "../context.ts";

function toJson(event: AgentEvent): object {
  const { seq, rpcId, type, raw } = event;
  return { seq, rpc_id: rpcId, type, message: raw };
}

/** Prints events as they come: what the agent says to the output, everything else for people to the error output. */
export class EventPrinter {
  readonly #context: CommandContext;
  #endsLine = true;

  constructor(context: CommandContext) {
    this.#context = context;
  }

  async print(event: AgentEvent): Promise<void> {
    if (this.#context.json) return this.#context.printJson(toJson(event));
    const text = String(event);
    if (event.type === "text") {
      await this.#context.terminal.out.write(text);
      if (text !== "") this.#endsLine = text.endsWith("\n");
      return;
    }
    if (event.type === "done" || event.type === "error") await this.endLine();
    if (this.#context.quiet || event.type === "error") return;
    if (text.trim() !== "") await this.#context.terminal.err.write(text);
  }

  /** Ends the line that the agent did not. */
  async endLine(): Promise<void> {
    if (!this.#endsLine) await this.#context.terminal.out.write("\n");
    this.#endsLine = true;
  }
}
