import type { IncomingMessage } from "node:http";
import type { JournalRecord, RuntimeEnv } from "@agent-sdk/core";
import { AgentSdkError } from "@agent-sdk/core";
import { firstPositionHeader, streamSilenceMs } from "../wire.ts";

const newline = 0x0a;

/**
 * Decodes a journal stream: the first position is in the head, each line is the next record, a blank line is a heartbeat. Lines are cut in one go per
 * chunk, which is what makes a flood cheap.
 */
class JournalDecoder {
  #position: number;
  #carry: Buffer[] = [];

  constructor(firstPosition: number) {
    this.#position = firstPosition;
  }

  /** The records that this chunk completed. */
  push(chunk: Buffer): JournalRecord[] {
    const end = chunk.lastIndexOf(newline);
    if (end < 0) {
      this.#carry.push(chunk);
      return [];
    }
    const head = chunk.subarray(0, end);
    const text = this.#carry.length === 0 ? head.toString("utf8") : Buffer.concat([...this.#carry, head]).toString("utf8");
    this.#carry = end + 1 < chunk.length ? [chunk.subarray(end + 1)] : [];
    const records: JournalRecord[] = [];
    for (const message of text.split("\n")) if (message !== "") records.push({ position: this.#position++, message });
    return records;
  }
}

function firstPosition(response: IncomingMessage): number {
  const position = Number(response.headers[firstPositionHeader]);
  if (Number.isSafeInteger(position)) return position;
  response.destroy();
  throw new AgentSdkError("unavailable", "What answered is not a supervisor's journal.");
}

/**
 * The batches of an open journal stream; ends where the run ended.
 * @throws AgentSdkError `unavailable` when the connection breaks or is silent for longer than its heartbeat allows.
 */
export async function* journalBatches(env: RuntimeEnv, response: IncomingMessage, signal: AbortSignal | undefined): AsyncGenerator<readonly JournalRecord[]> {
  const decoder = new JournalDecoder(firstPosition(response));
  let heard = true;
  // While the consumer works at a batch nothing is read: then silence says nothing about the supervisor.
  let waiting = true;
  let timer = env.timers.set(streamSilenceMs, check, { background: true });
  function check(): void {
    if (!heard && waiting && response.readableLength === 0) return void response.destroy(new Error("silent"));
    heard = false;
    timer = env.timers.set(streamSilenceMs, check, { background: true });
  }
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      waiting = false;
      const records = decoder.push(chunk);
      if (records.length > 0) yield records;
      heard = true;
      waiting = true;
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw new AgentSdkError("unavailable", "The journal stream broke off.", { cause: error });
  } finally {
    timer.cancel();
    response.destroy();
  }
}
