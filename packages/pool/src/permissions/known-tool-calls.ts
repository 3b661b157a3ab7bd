import type { JsonObject } from "@agent-sdk/core";
import { asText, isJsonObject } from "@agent-sdk/core";
import type { PoolEnv } from "../env.ts";
import { untilKnown } from "../store-retry.ts";

const maxCalls = 512;
/** Of JSON text. The input of a larger call is not kept: no rule then allows it by its path or command. */
const maxInputCharacters = 32_768;
const pageEvents = 1000;
const kept = ["kind", "title", "locations", "rawInput"] as const;

/**
 * What the agent has told of its tool calls. A permission request may leave out what an earlier update of the same call said
 * (https://agentclientprotocol.com/protocol/tool-calls), and rules are to see all of it: also after another replica took the prompt over.
 */
export class KnownToolCalls {
  readonly #env: Pick<PoolEnv, "store" | "timers">;
  readonly #sessionId: string;
  readonly #signal: AbortSignal;
  readonly #calls = new Map<string, JsonObject>();
  /** The prompt whose updates this has not seen from the beginning. */
  #unseen: string | null = null;

  constructor(env: Pick<PoolEnv, "store" | "timers">, sessionId: string, signal: AbortSignal) {
    this.#env = env;
    this.#sessionId = sessionId;
    this.#signal = signal;
  }

  /** `fresh`: nothing of this prompt was told to anybody else. */
  begin(rpcId: string, options: { readonly fresh: boolean }): void {
    this.#unseen = options.fresh ? null : rpcId;
  }

  /** A `tool_call` or `tool_call_update`. */
  note(update: JsonObject): void {
    const id = asText(update["toolCallId"]);
    const before = this.#calls.get(id) ?? {};
    const given = kept.filter((member) => (update[member] ?? null) !== null && isKeepable(member, update));
    this.#calls.delete(id);
    this.#calls.set(id, { ...before, ...Object.fromEntries(given.map((member) => [member, update[member] ?? null])) });
    if (this.#calls.size <= maxCalls) return;
    for (const oldest of this.#calls.keys()) {
      this.#calls.delete(oldest);
      return;
    }
  }

  /** The call as a request tells it, over what was told before. */
  async complete(toolCall: JsonObject): Promise<JsonObject> {
    const id = asText(toolCall["toolCallId"]);
    if (!this.#calls.has(id) && this.#unseen !== null && kept.some((member) => (toolCall[member] ?? null) === null)) await this.#readBack(this.#unseen);
    const given = Object.fromEntries(Object.entries(toolCall).filter(([, value]) => value !== null));
    return { ...this.#calls.get(id), ...given };
  }

  async #readBack(rpcId: string): Promise<void> {
    this.#unseen = null;
    // What this owner was told itself is newer.
    const seen = new Map(this.#calls);
    for (let after = (await this.#firstSeq()) - 1; ; ) {
      const events = await untilKnown(this.#env, this.#signal, () => this.#env.store.events.read(this.#sessionId, { after, rpcId, limit: pageEvents }));
      const last = events.at(-1);
      if (!last) break;
      for (const event of events) this.#noteMessage(event.message);
      after = last.seq;
    }
    for (const [id, call] of seen) this.#calls.set(id, call);
  }

  /** Older ones may have been deleted by retention. */
  async #firstSeq(): Promise<number> {
    const head = await untilKnown(this.#env, this.#signal, () => this.#env.store.sessions.head(this.#sessionId));
    return head?.firstSeq ?? 1;
  }

  #noteMessage(text: string): void {
    const message: unknown = JSON.parse(text);
    const params = isJsonObject(message) && message["method"] === "session/update" ? message["params"] : null;
    const update = isJsonObject(params) ? params["update"] : null;
    if (isJsonObject(update) && isToolUpdate(update)) this.note(update);
  }
}

export function isToolUpdate(update: JsonObject): boolean {
  return update["sessionUpdate"] === "tool_call" || update["sessionUpdate"] === "tool_call_update";
}

function isKeepable(member: string, update: JsonObject): boolean {
  return member !== "rawInput" || JSON.stringify(update[member]).length <= maxInputCharacters;
}
