import { asText } from "@agent-sdk/core";
import type { JsonObject, StoredEvent } from "@agent-sdk/core";
import type { PoolEnv } from "../env.ts";
import { LogProjection } from "../log/log-projection.ts";

const pageEvents = 1000;
/** What an agent is told of an old conversation at most, in characters: the newest part. */
const maxCharacters = 60_000;

async function* pages(env: Pick<PoolEnv, "store">, sessionId: string): AsyncGenerator<readonly StoredEvent[]> {
  let after = 0;
  for (;;) {
    const events = await env.store.events.read(sessionId, { after, limit: pageEvents });
    const last = events.at(-1);
    if (!last) return;
    yield events;
    after = last.seq;
  }
}

/**
 * The conversation as text, without the prompt that is about to be told it, for an agent that can neither resume nor load it.
 * @returns ACP content to put before the next prompt; null when there is nothing to tell.
 */
export async function transcriptContent(env: Pick<PoolEnv, "store">, sessionId: string, currentRpcId: string): Promise<JsonObject | null> {
  const projection = new LogProjection();
  const lines: string[] = [];
  for await (const events of pages(env, sessionId)) {
    for (const row of events.filter((event) => event.rpcId !== currentRpcId).flatMap((event) => projection.add(event))) {
      if (row.eventType === "user_message") lines.push(`User: ${asText(row.payload["text"])}`);
      if (row.eventType === "assistant_message") lines.push(`Assistant: ${asText(row.payload["text"])}`);
    }
  }
  if (lines.length === 0) return null;
  const text = lines.join("\n\n").slice(-maxCharacters);
  return { type: "text", text: `This conversation was interrupted and is continued in a new process. So far it went:\n\n${text}\n\n(End of the earlier conversation.)` };
}
