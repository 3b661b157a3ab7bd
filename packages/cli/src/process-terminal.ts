import type { Readable, Writable } from "node:stream";
import { Interrupts, readAll, type Output, type Terminal } from "./terminal.ts";

function outputTo(stream: Writable & { readonly isTTY?: boolean }): Output {
  // What a write fails with is told to who wrote; without a listener it would end the process with a stack trace.
  stream.on("error", () => undefined);
  return {
    isTerminal: stream.isTTY === true,
    write: (text) => new Promise((resolve, reject) => void stream.write(text, (error) => (error ? reject(error) : resolve()))),
  };
}

const enter: ReadonlySet<string> = new Set(["\r", "\n", "\u0004"]);

/** Reads a line whose characters are not shown. */
async function readHidden(err: Output, question: string): Promise<string> {
  const { stdin } = process;
  await err.write(question);
  stdin.setRawMode(true);
  try {
    let typed = "";
    for await (const bytes of stdin.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
      for (const character of new TextDecoder().decode(bytes)) {
        if (character === "\u0003") process.emit("SIGINT");
        else if (enter.has(character)) return typed;
        else typed = character === "\u007F" ? typed.slice(0, -1) : typed + character;
      }
    }
    return typed;
  } finally {
    stdin.setRawMode(false);
    stdin.pause();
    await err.write("\n");
  }
}

/** The process's own streams, environment and signals. */
export function processTerminal(): Terminal {
  const { stdin, stdout, stderr, env } = process;
  const err = outputTo(stderr);
  const interrupts = new Interrupts();
  process.on("SIGINT", () => interrupts.notify());
  process.on("SIGTERM", () => interrupts.notify());
  return {
    out: outputTo(stdout),
    err,
    env,
    interrupts,
    input: {
      isTerminal: stdin.isTTY,
      [Symbol.asyncIterator]: () => (stdin as Readable & AsyncIterable<Uint8Array>)[Symbol.asyncIterator](),
      readSecret: (question) => (stdin.isTTY ? readHidden(err, question) : readAll(stdin as AsyncIterable<Uint8Array>)),
    },
  };
}
