/** The last characters of a text that comes in pieces. */
export class TextTail {
  text = "";
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(piece: string): void {
    this.text = (this.text + piece).slice(-this.#limit);
  }
}
