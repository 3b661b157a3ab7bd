import type { ServerResponse } from "node:http";
import { describeError, type Logger } from "@agent-sdk/core";
import type { Subscription } from "@agent-sdk/pool";
import type { StreamLimits } from "../http/context.ts";
import { goodbyeFrame, heartbeatFrame, joinFrames, type GoodbyeReason } from "./frame.ts";

const headers = { "content-type": "text/event-stream", "cache-control": "no-cache", "x-accel-buffering": "no" };

/** What a reader that was cut off has to take the goodbye, in milliseconds. */
const lastWordMs = 1000;

type Drained = "closed" | "drained" | "stalled";

/** Resolves when the socket has taken what was written, when it is closed, or after `limitMs`. */
function drained(outgoing: ServerResponse, limitMs: number): Promise<Drained> {
  return new Promise((resolve) => {
    if (outgoing.destroyed) return resolve("closed");
    const settle = (result: Drained): void => {
      clearTimeout(timer);
      outgoing.off("drain", onDrain).off("close", onClose);
      resolve(result);
    };
    const onDrain = (): void => settle("drained");
    const onClose = (): void => settle("closed");
    const timer = setTimeout(() => settle("stalled"), limitMs);
    outgoing.on("drain", onDrain).on("close", onClose);
  });
}

/** Ends the response with a last frame, and the connection too when that is not taken in time. */
function endWith(outgoing: ServerResponse, frame: string): void {
  if (outgoing.destroyed) return;
  outgoing.end(frame);
  const timer = setTimeout(() => outgoing.destroy(), lastWordMs);
  outgoing.once("close", () => clearTimeout(timer));
  outgoing.once("finish", () => clearTimeout(timer));
}

/** How far a stream has come, kept outside of its loop so that it survives what breaks the loop. */
interface Progress {
  position: number;
}

/**
 * Writes batches as they come: one write per 64 Ki, one promise per batch, and nothing more while the reader takes nothing.
 * @returns why the stream ends with a goodbye; null where it simply ends.
 */
async function pump(outgoing: ServerResponse, subscription: Subscription, limits: StreamLimits, heartbeat: NodeJS.Timeout, progress: Progress): Promise<GoodbyeReason | null> {
  for await (const item of subscription.items) {
    if (item.type === "goodbye") {
      progress.position = item.lastSeq;
      return item.reason;
    }
    for (const { text, lastSeq } of joinFrames(item.events)) {
      heartbeat.refresh();
      progress.position = lastSeq;
      if (outgoing.write(text)) continue;
      const state = await drained(outgoing, limits.stallMs);
      if (state === "stalled") return "slow_reader";
      if (state === "closed") return null;
    }
  }
  return null;
}

function startHeartbeat(outgoing: ServerResponse, milliseconds: number): NodeJS.Timeout {
  const timer = setTimeout(() => {
    if (!outgoing.destroyed && !outgoing.writableNeedDrain) outgoing.write(heartbeatFrame);
    timer.refresh();
  }, milliseconds);
  return timer;
}

/**
 * Sends a subscription to a response until it ends, the reader leaves, or the reader takes nothing for too long. Memory is bounded by the socket's buffer
 * and one batch. Never throws: what breaks the subscription is logged, and told by a goodbye after which the reader comes back.
 */
export async function sendEventStream(outgoing: ServerResponse, subscription: Subscription, options: { readonly limits: StreamLimits; readonly log: Logger; readonly signal: AbortSignal }): Promise<void> {
  outgoing.writeHead(200, headers);
  outgoing.flushHeaders();
  const heartbeat = startHeartbeat(outgoing, options.limits.heartbeatMs);
  const progress = { position: subscription.after };
  try {
    const reason = await pump(outgoing, subscription, options.limits, heartbeat, progress);
    if (reason === "slow_reader") options.log.warn({ ...progress, reason }, "a reader took nothing for too long and was cut off");
    if (reason === null) outgoing.end();
    else endWith(outgoing, goodbyeFrame(reason, progress.position));
  } catch (error) {
    if (options.signal.aborted) return;
    options.log.error({ error: describeError(error), ...progress }, "a subscription broke");
    endWith(outgoing, goodbyeFrame("error", progress.position));
  } finally {
    clearTimeout(heartbeat);
  }
}
