import { ownEvent, type StoredEvent } from "@agent-sdk/core";

/** Why the server ended a stream that had more to come. */
export type GoodbyeReason = "draining" | "error" | "session_deleted" | "slow_reader";

/** A raw line break inside a field would end it. An agent's message is one line of JSON; whatever is not is written anew as one. */
function oneLine(message: string): string {
  if (!message.includes("\n") && !message.includes("\r")) return message;
  return JSON.stringify(JSON.parse(message));
}

/** The bytes of one event. */
export function eventFrame(event: Pick<StoredEvent, "message" | "rpcId" | "seq">): string {
  const name = event.rpcId === null ? "session" : `rpc:${event.rpcId}`;
  return `id: ${event.seq}\nevent: ${name}\ndata: ${oneLine(event.message)}\n\n`;
}

/** The last frame of a stream that the server ends. It is not in the sequence, so it has no `id:`; `position` is where to go on. */
export function goodbyeFrame(reason: GoodbyeReason, position: number): string {
  return `event: session\ndata: ${ownEvent("goodbye", { reason, position })}\n\n`;
}

/** What an idle stream says. */
export const heartbeatFrame: string = ": keep-alive\n\n";

const chunkLength = 65_536;

/** Frames joined to strings of about 64 Ki characters, each with the number of its last event. */
export function* joinFrames(events: readonly StoredEvent[]): Generator<{ readonly text: string; readonly lastSeq: number }> {
  let text = "";
  for (const event of events) {
    text += eventFrame(event);
    if (text.length < chunkLength) continue;
    yield { text, lastSeq: event.seq };
    text = "";
  }
  const last = events.at(-1);
  if (text !== "" && last !== undefined) yield { text, lastSeq: last.seq };
}
