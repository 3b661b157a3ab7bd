import { Buffer } from "node:buffer";
import { maxMessageBytes } from "../wire.ts";
import type { AgentRun } from "./agent-run.ts";
import type { ByteSink } from "./journal-reader.ts";
import { LineAssembler } from "./line-assembler.ts";
import { routeLine } from "./routing.ts";

const newline = 0x0a;
const carriageReturn = 0x0d;
const space = 0x20;
const eventEnd = Buffer.from("\n\n");

/** Which of a run's messages one stream of the ACP transport carries. */
export interface StreamFilter {
  readonly connectionId: string;
  /** Null for the connection's own stream. */
  readonly sessionId: string | null;
}

/** The bytes' receiver, which also tells when they left this process. */
export interface EventSink extends Omit<ByteSink, "write"> {
  write(bytes: Buffer, onSent: () => void): boolean;
}

/** A carriage return would end an SSE line; in JSON it can only stand where a space means the same. */
function sseData(line: Buffer): Buffer {
  if (!line.includes(carriageReturn)) return line;
  const copy = Buffer.from(line);
  for (let index = 0; index < copy.length; index++) if (copy[index] === carriageReturn) copy[index] = space;
  return copy;
}

/** One message as an event; without a position it does not move the reader's `Last-Event-ID`. `line` has no newline. */
export function sseEvent(line: Buffer, position: number | null): Buffer[] {
  return [Buffer.from(position === null ? "data: " : `id: ${position}\ndata: `), sseData(line), eventEnd];
}

/** Turns a journal's bytes into the events of one stream. */
export class AcpStreamEncoder implements ByteSink {
  readonly #run: AgentRun;
  readonly #filter: StreamFilter;
  readonly #sink: EventSink;
  readonly #onSent: (position: number) => void;
  // Our own last records may be a little longer than what an agent may write.
  readonly #lines = new LineAssembler(maxMessageBytes + 64 * 1024);
  #position: number;

  constructor(run: AgentRun, filter: StreamFilter, firstPosition: number, sink: EventSink, onSent: (position: number) => void) {
    this.#run = run;
    this.#filter = filter;
    this.#position = firstPosition;
    this.#sink = sink;
    this.#onSent = onSent;
  }

  write(bytes: Buffer): boolean {
    const block = this.#lines.push(bytes);
    if (block === null) return true;
    if (block === "too_large") throw new Error("A journal record is longer than any that was written.");
    const events = this.#encode(block);
    const last = this.#position - 1;
    if (events.length > 0) return this.#sink.write(Buffer.concat(events), () => this.#onSent(last));
    return true;
  }

  end(): void {
    this.#sink.end();
  }

  fail(error: unknown): void {
    this.#sink.fail(error);
  }

  #encode(block: Buffer): Buffer[] {
    const events: Buffer[] = [];
    for (let start = 0; start < block.length; ) {
      const end = block.indexOf(newline, start);
      const position = this.#position++;
      if (this.#belongs(block, start, end, position)) events.push(...sseEvent(block.subarray(start, end), position));
      start = end + 1;
    }
    return events;
  }

  #belongs(block: Buffer, start: number, end: number, position: number): boolean {
    const { connectionId, sessionId } = this.#filter;
    const route = routeLine(block, start, end);
    if (route === null || route.kind === "unroutable") return false;
    if (route.kind === "notification") return route.sessionId === sessionId;
    // A request that was answered meanwhile is nobody's any more.
    if (route.kind === "request") return route.sessionId === sessionId && this.#run.unanswered.get(route.id)?.position === position;
    const owner = this.#run.ownerOfAnswer(position);
    return owner?.connectionId === connectionId && owner.sessionId === sessionId;
  }
}
