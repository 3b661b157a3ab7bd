import { Buffer } from "node:buffer";
import { AgentSdkError } from "@agent-sdk/core";
import { JournalCursor } from "./journal-cursor.ts";
import type { RunStorage, SegmentFile } from "./storage.ts";

export const newline = 0x0a;
const scanBytes = 256 * 1024;

export interface Segment {
  readonly firstPosition: number;
  readonly file: SegmentFile;
  count: number;
  removed: boolean;
}

/** Hears of records right after they are on disk, and of the journal's end. */
export interface JournalListener {
  /** `block` holds the new records' bytes, `start` is where they begin in the newest segment. */
  appended(block: Buffer, segment: Segment, start: number): void;
  ended(): void;
}

export interface JournalOptions {
  /** Bytes kept on disk. Whole segments go, so one segment and one block more may lie there for a moment. */
  readonly maxBytes: number;
  readonly overflow: "block" | "drop_oldest";
  /** Called when a journal that was {@link Journal.blocked} is so no longer. */
  readonly onUnblocked?: () => void;
}

/** Counts the whole lines of a file. @returns also where the last one ends; what follows is a torn record. */
export function countLines(file: SegmentFile): { count: number; end: number } {
  const buffer = Buffer.allocUnsafe(Math.min(scanBytes, Math.max(file.size, 1)));
  let [count, end, offset] = [0, 0, 0];
  for (;;) {
    const length = file.read(offset, buffer);
    if (length === 0) return { count, end };
    for (let at = buffer.indexOf(newline); at >= 0 && at < length; at = buffer.indexOf(newline, at + 1)) {
      count++;
      end = offset + at + 1;
    }
    offset += length;
  }
}

/**
 * A run's outbound messages on disk, one per line, exactly as the agent wrote them. A record's position is implied: the segment's first position plus its
 * line. What is appended here may be sent to anybody afterwards, never before.
 */
export class Journal {
  readonly #storage: RunStorage;
  readonly #options: JournalOptions;
  readonly #segments: Segment[] = [];
  readonly #listeners = new Set<JournalListener>();
  #totalBytes = 0;
  #lastPosition = 0;
  #acknowledged = 0;
  #ended = false;

  constructor(storage: RunStorage, options: JournalOptions) {
    this.#storage = storage;
    this.#options = options;
    for (const file of storage.segments()) this.#recover(file);
  }

  get lastPosition(): number {
    return this.#lastPosition;
  }

  /** The oldest record that can be read; one more than the last when there is none. */
  get firstPosition(): number {
    return this.#segments[0]?.firstPosition ?? this.#lastPosition + 1;
  }

  get totalBytes(): number {
    return this.#totalBytes;
  }

  get isEnded(): boolean {
    return this.#ended;
  }

  /** True when more than the bound is unacknowledged and may not be dropped: then nobody should append. */
  get isBlocked(): boolean {
    return this.#options.overflow === "block" && this.#unacknowledgedBytes() > this.#options.maxBytes;
  }

  /** Writes `count` whole lines and then tells the listeners. @throws the system's error, with nothing written. */
  append(block: Buffer, count: number): void {
    const segment = this.#segmentForAppend();
    const start = segment.file.size;
    segment.file.append(block);
    segment.count += count;
    this.#lastPosition += count;
    this.#totalBytes += block.length;
    this.#trim();
    for (const listener of this.#listeners) listener.appended(block, segment, start);
  }

  /** Records up to `position` may go when room is needed. A lower one than before changes nothing. */
  acknowledge(position: number): void {
    if (position > this.#lastPosition) throw new AgentSdkError("bad_request", `Position ${position} was never written; the newest is ${this.#lastPosition}.`);
    const wasBlocked = this.isBlocked;
    this.#acknowledged = Math.max(this.#acknowledged, position);
    this.#trim();
    if (wasBlocked && !this.isBlocked) this.#options.onUnblocked?.();
  }

  /** After it nothing is appended, and readers end behind the last record. */
  end(): void {
    this.#ended = true;
    this.#segments.at(-1)?.file.seal();
    for (const listener of this.#listeners) listener.ended();
  }

  /**
   * A cursor on the first record after `after`.
   * @throws AgentSdkError `cursor_expired` when that record is gone, or when `after` was never written: a live stream would hide a gap.
   */
  cursor(after: number): JournalCursor {
    if (after > this.#lastPosition) throw this.#expired(`Record ${after} was never written here; the newest is ${this.#lastPosition}.`);
    if (after + 1 < this.firstPosition) throw this.#expired(`Record ${after + 1} is no longer kept; the oldest is ${this.firstPosition}.`);
    return new JournalCursor(this, after + 1);
  }

  listen(listener: JournalListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The segment that holds `position`, the newest one for the position after the last, undefined while nothing was written. */
  segmentOf(position: number): Segment | undefined {
    return this.#segments.findLast((segment) => segment.firstPosition <= position);
  }

  segmentAfter(segment: Segment): Segment | undefined {
    return this.#segments.find((other) => other.firstPosition > segment.firstPosition);
  }

  #expired(message: string): AgentSdkError {
    return new AgentSdkError("cursor_expired", message, { details: { firstPosition: this.firstPosition, lastPosition: this.#lastPosition } });
  }

  #recover(file: SegmentFile): void {
    const { count, end } = countLines(file);
    if (end < file.size) file.truncate(end);
    this.#segments.push({ firstPosition: file.firstPosition, file, count, removed: false });
    this.#lastPosition = file.firstPosition + count - 1;
    this.#totalBytes += end;
  }

  #segmentForAppend(): Segment {
    const newest = this.#segments.at(-1);
    const segmentBytes = Math.max(4096, this.#options.maxBytes / 16);
    if (newest && newest.file.size < segmentBytes) return newest;
    const firstPosition = this.#lastPosition + 1;
    const segment: Segment = { firstPosition, file: this.#storage.createSegment(firstPosition), count: 0, removed: false };
    newest?.file.seal();
    this.#segments.push(segment);
    return segment;
  }

  #unacknowledgedBytes(): number {
    let bytes = 0;
    for (const segment of this.#segments) if (segment.firstPosition + segment.count - 1 > this.#acknowledged) bytes += segment.file.size;
    return bytes;
  }

  #trim(): void {
    while (this.#totalBytes > this.#options.maxBytes && this.#segments.length > 1) {
      const oldest = this.#segments[0]!;
      const isAcknowledged = oldest.firstPosition + oldest.count - 1 <= this.#acknowledged;
      if (!isAcknowledged && this.#options.overflow === "block") return;
      this.#totalBytes -= oldest.file.size;
      oldest.removed = true;
      oldest.file.remove();
      this.#segments.shift();
    }
  }
}
