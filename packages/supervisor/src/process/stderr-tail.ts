import { StringDecoder } from "node:string_decoder";

const maxLines = 20;
const maxLineLength = 2_000;

/** The last lines of a text stream, bounded in number and length. */
export class StderrTail {
  readonly #decoder = new StringDecoder("utf8");
  #lines: string[] = [];
  #current = "";

  get lines(): readonly string[] {
    return this.#current === "" ? this.#lines : [...this.#lines, this.#current].slice(-maxLines);
  }

  push(chunk: Buffer): void {
    const parts = (this.#current + this.#decoder.write(chunk)).split("\n");
    this.#current = parts.pop()!.slice(0, maxLineLength);
    for (const part of parts.slice(-maxLines)) this.add(part.trimEnd());
  }

  add(line: string): void {
    if (line === "") return;
    this.#lines.push(line.slice(0, maxLineLength));
    if (this.#lines.length > maxLines) this.#lines = this.#lines.slice(-maxLines);
  }
}
