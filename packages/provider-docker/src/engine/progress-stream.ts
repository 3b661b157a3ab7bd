import type { Readable } from "node:stream";
import { createInterface } from "node:readline";

/** One line of what the engine tells while it pulls or builds. */
export interface ProgressLine {
  readonly stream?: string;
  readonly status?: string;
  readonly id?: string;
  readonly error?: string;
}

/**
 * Reads an engine's progress to its end.
 * @throws the signal's reason when it aborts; the engine then gives up what it was at.
 */
export async function readProgress(stream: Readable, options: { readonly signal?: AbortSignal | undefined; readonly onLine: (line: ProgressLine) => void }): Promise<void> {
  const { signal, onLine } = options;
  const onAbort = (): void => void stream.destroy();
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    signal?.throwIfAborted();
    for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) {
      if (line.trim() !== "") onLine(JSON.parse(line) as ProgressLine);
    }
    signal?.throwIfAborted();
    // readline ends quietly when its input breaks off.
    if (!stream.readableEnded) throw Object.assign(new Error("The engine's progress broke off."), { code: "ECONNRESET" });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener("abort", onAbort);
    stream.destroy();
  }
}

/** The end of a text that grows without a bound. */
export class TextEnd {
  readonly #limit: number;
  #text = "";

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(text: string): void {
    this.#text = `${this.#text}${text}`.slice(-this.#limit);
  }

  toString(): string {
    return this.#text;
  }
}
