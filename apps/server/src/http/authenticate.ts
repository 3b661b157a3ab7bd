import { createHash, timingSafeEqual } from "node:crypto";
import { AgentSdkError } from "@agent-sdk/core";
import type { MiddlewareHandler } from "hono";
import type { ServerEnv } from "./context.ts";
import { operationOf } from "./operation.ts";

const tenant = "default";

function digest(value: string): Buffer {
  return createHash("sha256").update(value).digest();
}

function bearer(header: string | undefined): string | null {
  return /^Bearer ([^\s]+)$/i.exec(header ?? "")?.[1] ?? null;
}

/** Compares hashes of equal length with every key, so that the time tells nothing of either. */
function matchesAny(hashes: readonly Buffer[], given: string): boolean {
  const candidate = digest(given);
  let found = false;
  for (const hash of hashes) found = timingSafeEqual(hash, candidate) || found;
  return found;
}

/** With keys configured, every route needs one, but for those whose operation says that it answers everybody. Without, everybody who reaches the (loopback) server may use it. */
export function authenticate(apiKeys: readonly string[]): MiddlewareHandler<ServerEnv> {
  const hashes = apiKeys.map(digest);
  return async (context, next) => {
    const given = bearer(context.req.header("authorization"));
    const authenticated = hashes.length === 0 || (given !== null && matchesAny(hashes, given));
    if (!authenticated && operationOf(context)?.scope !== null) {
      context.env.outgoing.setHeader("www-authenticate", "Bearer");
      throw new AgentSdkError("unauthenticated", given === null ? "This server needs an API key: Authorization: Bearer <key>." : "The API key is not valid.");
    }
    context.set("authenticated", authenticated);
    context.set("tenant", tenant);
    await next();
  };
}
