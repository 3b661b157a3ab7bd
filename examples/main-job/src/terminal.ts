import { isatty } from "node:tty";

/** When the demo began, in milliseconds since 1970. The second process is told. */
export const began: number = Number(process.env["DEMO_BEGAN_AT"] ?? Date.now());

function elapsed(): string {
  return `${((Date.now() - began) / 1000).toFixed(1).padStart(5)} s`;
}

/** A line of the demo's own, with the time since it began. */
export function say(text: string): void {
  console.log(`${elapsed()}  ${text}`);
}

/** What somebody else said, line for line behind a bar, as it comes. */
export class Quote {
  #lineOpen = false;

  write(text: string): void {
    for (const [index, line] of text.split("\n").entries()) {
      if (index > 0) this.end();
      if (line === "") continue;
      process.stdout.write(this.#lineOpen ? line : `         | ${line}`);
      this.#lineOpen = true;
    }
  }

  /** Ends the line that is open. */
  end(): void {
    if (this.#lineOpen) process.stdout.write("\n");
    this.#lineOpen = false;
  }
}

/** Progress of one long step: a line that is written over in a terminal, and a line each five seconds where there is none. */
export class Progress {
  #shownAt = Number.NEGATIVE_INFINITY;

  show(text: string): void {
    if (isatty(1)) return void process.stdout.write(`\r\u001B[K${elapsed()}  ${text}`);
    if (performance.now() - this.#shownAt < 5000) return;
    this.#shownAt = performance.now();
    say(text);
  }

  /** Takes the line away that was written over. */
  end(): void {
    if (isatty(1)) process.stdout.write("\r\u001B[K");
  }
}
