import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import type { Subscription } from "@agent-sdk/pool";
import type { RequestContext, RouteDependencies } from "../http/context.ts";
import { credentialEnded } from "../access/credential-watch.ts";
import { callerOf } from "../http/authenticate.ts";
import { sendEventStream } from "../stream/event-stream.ts";

/**
 * Subscribes and sends the stream on Node's own response, past Hono's. What `subscribe` throws is answered as any error: nothing was sent by then.
 * Resolves when the stream is over, which it also is soon after the caller's key or token does not hold any more.
 */
export async function streamTo(context: RequestContext, dependencies: RouteDependencies, subscribe: (signal: AbortSignal) => Promise<Subscription>): Promise<Response> {
  const { outgoing } = context.env;
  const left = new AbortController();
  const onClose = (): void => left.abort();
  if (outgoing.closed || outgoing.destroyed) onClose();
  else outgoing.once("close", onClose);
  const unwatch = dependencies.access.watch.watch(callerOf(context).credential, () => left.abort(credentialEnded()));
  try {
    const subscription = await subscribe(left.signal);
    await sendEventStream(outgoing, subscription, { limits: dependencies.stream, log: dependencies.log, signal: left.signal });
  } finally {
    unwatch();
    outgoing.off("close", onClose);
  }
  return RESPONSE_ALREADY_SENT;
}
