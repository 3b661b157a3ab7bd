import { Buffer } from "node:buffer";

const newline = 0x0a;

/** Cuts a byte stream at newlines. Works on bytes, so a UTF-8 character split over two chunks is whole again. */
export class LineAssembler {
  readonly #maxLineBytes: number;
  #carry: Buffer[] = [];
  #carried = 0;

  constructor(maxLineBytes: number) {
    this.#maxLineBytes = maxLineBytes;
  }

  /**
   * @returns the complete lines that this chunk ended, each with its newline, as one block; null when it ended none, `too_large` when the line
   * in progress is beyond the limit.
   */
  push(chunk: Buffer): Buffer | "too_large" | null {
    const end = chunk.lastIndexOf(newline) + 1;
    const rest = chunk.length - end;
    if (end === 0) return this.#keep(chunk) ? null : "too_large";
    if (this.#carried + chunk.indexOf(newline) > this.#maxLineBytes) return "too_large";
    const head = rest === 0 ? chunk : chunk.subarray(0, end);
    const block = this.#carried === 0 ? head : Buffer.concat([...this.#carry, head]);
    this.#carry = [];
    this.#carried = 0;
    if (rest > 0 && !this.#keep(chunk.subarray(end))) return "too_large";
    return block;
  }

  /** What came after the last newline, made a line; null when there is nothing. For the end of the stream. */
  flush(): Buffer | null {
    if (this.#carried === 0) return null;
    const block = Buffer.concat([...this.#carry, Buffer.of(newline)]);
    this.#carry = [];
    this.#carried = 0;
    return block;
  }

  #keep(part: Buffer): boolean {
    this.#carry.push(part);
    this.#carried += part.length;
    return this.#carried <= this.#maxLineBytes;
  }
}
