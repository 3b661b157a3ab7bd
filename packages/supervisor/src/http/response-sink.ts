import type { ServerResponse } from "node:http";
import type { ByteSink } from "../core/journal-reader.ts";
import type { Heartbeat } from "./heartbeat.ts";

/** A response as the end of a journal reader. It gets `idleBytes` when nothing else was sent for a beat. */
export function responseSink(response: ServerResponse, heartbeat: Heartbeat, idleBytes: string): ByteSink {
  let wasIdle = true;
  const stop = heartbeat.add(() => {
    if (wasIdle && !response.writableNeedDrain) response.write(idleBytes);
    wasIdle = true;
  });
  response.once("close", stop);
  return {
    write(bytes) {
      wasIdle = false;
      return response.write(bytes);
    },
    end: () => void response.end(),
    fail: () => void response.destroy(),
  };
}
