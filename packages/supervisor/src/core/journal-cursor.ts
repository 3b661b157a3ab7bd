import { Buffer } from "node:buffer";
import { AgentSdkError } from "@agent-sdk/core";
import type { Journal, Segment } from "./journal.ts";

const newline = 0x0a;
const seekBytes = 256 * 1024;

/** Where the line `index` begins in a segment. */
function offsetOfLine(segment: Segment, index: number): number {
  if (index === 0) return 0;
  if (index === segment.count) return segment.file.size;
  const buffer = Buffer.allocUnsafe(Math.min(seekBytes, segment.file.size));
  let [seen, offset] = [0, 0];
  for (;;) {
    const length = segment.file.read(offset, buffer);
    if (length === 0) throw new AgentSdkError("internal", "A journal segment is shorter than its count.");
    for (let at = buffer.indexOf(newline); at >= 0 && at < length; at = buffer.indexOf(newline, at + 1)) if (++seen === index) return offset + at + 1;
    offset += length;
  }
}

/** A place in a journal's bytes, from which they are read back in order. Holds no file open and no bytes. */
export class JournalCursor {
  readonly #journal: Journal;
  readonly firstPosition: number;
  #segment: Segment | undefined;
  #offset = 0;

  constructor(journal: Journal, position: number) {
    this.#journal = journal;
    this.firstPosition = position;
    this.#segment = journal.segmentOf(position);
    if (this.#segment) this.#offset = offsetOfLine(this.#segment, position - this.#segment.firstPosition);
  }

  /** Steps over bytes that the caller has at hand, if they are the very next ones. */
  skip(segment: Segment, start: number, length: number): boolean {
    this.#moveToNewest();
    if (segment !== this.#segment || start !== this.#offset) return false;
    this.#offset += length;
    return true;
  }

  /**
   * The next bytes, at most `maxBytes`, not necessarily whole records; null when the end is reached for now.
   * @throws AgentSdkError `cursor_expired` when they were dropped meanwhile.
   */
  read(maxBytes: number): Buffer | null {
    this.#moveToNewest();
    const segment = this.#segment;
    if (!segment) return null;
    if (segment.removed) throw this.#tooSlow();
    const wanted = Math.min(maxBytes, segment.file.size - this.#offset);
    if (wanted <= 0) return null;
    const buffer = Buffer.allocUnsafeSlow(wanted);
    const length = segment.file.read(this.#offset, buffer);
    this.#offset += length;
    return length === wanted ? buffer : buffer.subarray(0, length);
  }

  #moveToNewest(): void {
    this.#segment ??= this.#journal.segmentOf(this.firstPosition);
    while (this.#segment && this.#offset >= this.#segment.file.size) {
      const next = this.#journal.segmentAfter(this.#segment);
      if (!next) return;
      if (next.firstPosition !== this.#segment.firstPosition + this.#segment.count) throw this.#tooSlow();
      this.#segment = next;
      this.#offset = 0;
    }
  }

  #tooSlow(): AgentSdkError {
    const details = { firstPosition: this.#journal.firstPosition };
    return new AgentSdkError("cursor_expired", "The reader was too slow: its next records are no longer kept.", { details });
  }
}
