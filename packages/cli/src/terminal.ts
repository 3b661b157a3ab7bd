/** One way out. A write resolves when it was taken, so that a slow reader is waited for. */
export interface Output {
  readonly isTerminal: boolean;
  /** @throws what the other end broke with; `EPIPE` when it reads no more. */
  write(text: string | Uint8Array): Promise<void>;
}

/** Everything of the process that commands use. */
export interface Terminal {
  /** Answers and files: what a pipe is to receive. */
  readonly out: Output;
  /** Progress and errors: what a person is to see. */
  readonly err: Output;
  readonly input: AsyncIterable<Uint8Array> & { readonly isTerminal: boolean; readSecret(question: string): Promise<string> };
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly interrupts: Interrupts;
}

/** Ctrl-C, and being asked to end. */
export class Interrupts {
  readonly #leave = new AbortController();
  #soft: (() => void) | null = null;

  /** Aborts when the command is to leave. */
  get signal(): AbortSignal {
    return this.#leave.signal;
  }

  /** The next interrupt calls `callback` instead of leaving; the one after it leaves. */
  soften(callback: () => void): void {
    this.#soft = callback;
  }

  notify(): void {
    const soft = this.#soft;
    this.#soft = null;
    if (soft === null) this.#leave.abort(new Interrupted());
    else soft();
  }
}

/** The reason of the signal of {@link Interrupts}. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";

  constructor() {
    super("interrupted");
  }
}

/** All of a standard input, as text. */
export async function readAll(input: AsyncIterable<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const bytes of input) text += decoder.decode(bytes, { stream: true });
  return text + decoder.decode();
}
