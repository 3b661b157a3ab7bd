import { randomUUID } from "node:crypto";
import type { MiddlewareHandler } from "hono";
import type { ServerEnv } from "./context.ts";

const acceptable = /^[A-Za-z0-9._-]{1,64}$/;

/** The caller's `X-Request-Id` where it is a plain word, else a new one; sent back with every answer. */
export function requestId(): MiddlewareHandler<ServerEnv> {
  return async (context, next) => {
    const given = context.req.header("x-request-id");
    const id = given !== undefined && acceptable.test(given) ? given : randomUUID();
    context.set("requestId", id);
    // On Node's own response, since streams bypass Hono's.
    context.env.outgoing.setHeader("x-request-id", id);
    await next();
  };
}
