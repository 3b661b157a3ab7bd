import type { MiddlewareHandler } from "hono";
import type { ServerEnv } from "./context.ts";

const methods = "GET, POST, PUT, DELETE";
const requestHeaders = "authorization, content-type, idempotency-key, last-event-id, x-request-id, x-session-id";
const exposedHeaders = "content-disposition, idempotency-replayed, link, retry-after, x-request-id";
const preflightSeconds = "600";

/** `*` stands for every site. */
export function isAllowedOrigin(allowed: readonly string[], origin: string): boolean {
  return allowed.includes("*") || allowed.includes(origin);
}

/**
 * Lets pages of the configured sites call, with a key or a token of their own: credentials that a browser adds by itself are not allowed, and there are none. On
 * Node's own response, since streams bypass Hono's.
 */
export function allowOrigins(allowed: readonly string[]): MiddlewareHandler<ServerEnv> {
  return async (context, next) => {
    const { outgoing, incoming } = context.env;
    if (allowed.length > 0) outgoing.appendHeader("vary", "Origin");
    const { origin } = incoming.headers;
    if (origin === undefined || !isAllowedOrigin(allowed, origin)) return next();
    outgoing.setHeader("access-control-allow-origin", origin);
    outgoing.setHeader("access-control-expose-headers", exposedHeaders);
    if (incoming.method !== "OPTIONS" || incoming.headers["access-control-request-method"] === undefined) return next();
    outgoing.setHeader("access-control-allow-methods", methods);
    outgoing.setHeader("access-control-allow-headers", requestHeaders);
    outgoing.setHeader("access-control-max-age", preflightSeconds);
    return context.body(null, 204);
  };
}
