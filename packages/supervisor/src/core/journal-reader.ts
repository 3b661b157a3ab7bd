import type { Buffer } from "node:buffer";
import type { Journal, JournalListener, Segment } from "./journal.ts";
import type { JournalCursor } from "./journal-cursor.ts";

/** Where a reader's bytes go. */
export interface ByteSink {
  /** @returns false when the receiver is slow: write no more until {@link JournalReader.drained}. */
  write(bytes: Buffer): boolean;
  end(): void;
  /** Cuts the stream off so that the receiver notices. */
  fail(error: unknown): void;
}

const blockBytes = 256 * 1024;

/**
 * Copies a journal to one receiver: new records from memory while it keeps up, everything else from the file. It holds no queue: a receiver that
 * stops reading costs its socket's buffer and nothing more.
 */
export class JournalReader implements JournalListener {
  readonly #journal: Journal;
  readonly #cursor: JournalCursor;
  readonly #sink: ByteSink;
  readonly #stopListening: () => void;
  #writable = true;
  #closed = false;

  constructor(journal: Journal, cursor: JournalCursor, sink: ByteSink) {
    this.#journal = journal;
    this.#cursor = cursor;
    this.#sink = sink;
    this.#stopListening = journal.listen(this);
    this.#pump();
  }

  appended(block: Buffer, segment: Segment, start: number): void {
    if (!this.#writable || this.#closed) return;
    try {
      if (this.#cursor.skip(segment, start, block.length)) this.#writable = this.#sink.write(block);
      else this.#pump();
    } catch (error) {
      this.#fail(error);
    }
  }

  ended(): void {
    this.#pump();
  }

  /** The receiver has taken what was written. */
  drained(): void {
    this.#writable = true;
    this.#pump();
  }

  /** Idempotent. */
  close(): void {
    this.#closed = true;
    this.#stopListening();
  }

  #pump(): void {
    try {
      while (this.#writable && !this.#closed) {
        const block = this.#cursor.read(blockBytes);
        if (block === null) return this.#reachedEnd();
        this.#writable = this.#sink.write(block);
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.close();
    this.#sink.fail(error);
  }

  #reachedEnd(): void {
    if (!this.#journal.isEnded) return;
    this.close();
    this.#sink.end();
  }
}
