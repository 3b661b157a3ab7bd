import type { Duplex } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import { Writable } from "node:stream";
import type { Attachment } from "./engine.ts";
import { TextEnd } from "./progress-stream.ts";

const errorBytes = 4_096;
const lineBytes = 65_536;

/** Passes text on, and keeps nothing. */
function textSink(take: (text: string) => void): Writable {
  const decoder = new StringDecoder("utf8");
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      take(decoder.write(chunk));
      done();
    },
  });
}

/** @param demultiplex parts what comes from the container into its two outputs */
export function attachmentTo(stream: Duplex, demultiplex: (stream: Duplex, output: Writable, errors: Writable) => void): Attachment {
  const errors = new TextEnd(errorBytes);
  const { promise, resolve } = Promise.withResolvers<string | null>();
  let line = "";
  const output = textSink((text) => {
    const end = text.indexOf("\n");
    line = (line + (end < 0 ? text : text.slice(0, end))).slice(0, lineBytes);
    if (end >= 0) resolve(line);
  });
  demultiplex(stream, output, textSink((text) => errors.add(text)));
  // However it ends: broken by the engine, by the container's end, or closed here.
  stream.on("error", () => stream.destroy());
  stream.once("close", () => resolve(null));
  stream.once("end", () => resolve(null));
  return {
    firstLine: promise,
    errors: () => String(errors).trim(),
    handOver: (input) => void stream.end(input),
    close: () => void stream.destroy(),
  };
}
