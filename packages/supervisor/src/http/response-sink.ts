import type { ServerResponse } from "node:http";
import type { ByteSink } from "../core/journal-reader.ts";
import type { Heartbeat } from "./heartbeat.ts";

export interface ResponseSink extends ByteSink {
  /** `onSent` is told when the bytes were given to the system, or why they were not. */
  write(bytes: Buffer, onSent?: (error?: Error | null) => void): boolean;
}

/** A response as the end of a journal reader. It gets `idleBytes` when nothing else was sent for a beat. */
export function responseSink(response: ServerResponse, heartbeat: Heartbeat, idleBytes: string): ResponseSink {
  let wasIdle = true;
  const stop = heartbeat.add(() => {
    if (wasIdle && !response.writableNeedDrain) response.write(idleBytes);
    wasIdle = true;
  });
  response.once("close", stop);
  return {
    write(bytes, onSent) {
      wasIdle = false;
      return onSent ? response.write(bytes, onSent) : response.write(bytes);
    },
    end: () => void response.end(),
    fail: () => void response.destroy(),
  };
}
