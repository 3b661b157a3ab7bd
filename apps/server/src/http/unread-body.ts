import type { IncomingMessage, ServerResponse } from "node:http";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { MiddlewareHandler } from "hono";
import { announcedLength, hasBody, maxJsonBytes } from "./body.ts";
import type { ServerEnv } from "./context.ts";

/** What a caller that still sends has to take its answer, in milliseconds. */
const lingerMs = 500;

/** True when more is to come than Node may be left to read and throw away, which it does to serve the next request of the connection. */
function isUnread(incoming: IncomingMessage): boolean {
  const isShort = incoming.headers["transfer-encoding"] === undefined && announcedLength(incoming) <= maxJsonBytes;
  return hasBody(incoming) && !isShort && !incoming.complete && !incoming.destroyed;
}

/**
 * Stops reading: what the caller sends on waits in its own buffers. Closing at once would reset the connection and could take the answer with it, so this
 * side says that it is done and closes a moment later.
 */
function stopReading(incoming: IncomingMessage): void {
  const { socket } = incoming;
  // A body that was never begun would be read to its end by Node, and thrown away.
  incoming.read();
  incoming.pause();
  socket.destroySoon = () => {
    socket.end();
    const timer = setTimeout(() => socket.destroy(), lingerMs);
    socket.once("close", () => clearTimeout(timer));
  };
}

/** Ends the connection with an answer that was ready before the body was: the rest of the body may be without end. */
export function closeUnread(): MiddlewareHandler<ServerEnv> {
  return async (context, next) => {
    await next();
    const { incoming, outgoing } = context.env;
    // What came together with the headers may not have been taken apart yet.
    if (isUnread(incoming)) await nextTurn();
    if (outgoing.headersSent || !isUnread(incoming)) return;
    outgoing.setHeader("connection", "close");
    stopReading(incoming);
  };
}

/** The same for what is answered past the app. */
export function closeUnreadAtEnd(incoming: IncomingMessage, outgoing: ServerResponse): void {
  outgoing.prependOnceListener("finish", () => {
    if (outgoing.getHeader("connection") === "close" || !isUnread(incoming)) return;
    stopReading(incoming);
    incoming.socket.destroySoon();
  });
}
