import type { Logger } from "@agent-sdk/core";
import type { MiddlewareHandler } from "hono";
import type { ServerEnv } from "./context.ts";

/** One line per request when it is over, streams included: no query, no body, no header. */
export function accessLog(log: Logger): MiddlewareHandler<ServerEnv> {
  return async (context, next) => {
    const started = performance.now();
    const { outgoing } = context.env;
    const { method, path } = context.req;
    outgoing.once("close", () => {
      const milliseconds = Math.round((performance.now() - started) * 10) / 10;
      const fields = { request_id: context.get("requestId"), method, path, status: outgoing.statusCode, duration_ms: milliseconds, complete: outgoing.writableFinished };
      if (path === "/health" || path === "/health/ready") log.debug(fields, "request");
      else log.info(fields, "request");
    });
    await next();
  };
}
