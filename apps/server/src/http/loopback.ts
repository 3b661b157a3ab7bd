import { isIPv4 } from "node:net";
import { AgentSdkError } from "@agent-sdk/core";
import type { MiddlewareHandler } from "hono";
import { isAllowedOrigin } from "./allowed-origins.ts";
import type { ServerEnv } from "./context.ts";

/** True for names and addresses of this machine alone. */
export function isLoopbackHost(host: string): boolean {
  const name = host.toLowerCase().replace(/^\[|\]$/g, "");
  if (name === "localhost" || name.endsWith(".localhost") || name === "::1") return true;
  return isIPv4(name) && name.startsWith("127.");
}

function hostOf(authority: string): string | null {
  const url = URL.parse(authority.includes("://") ? authority : `http://${authority}`);
  return url === null || url.hostname === "" ? null : url.hostname;
}

function isLoopback(authority: string): boolean {
  const host = hostOf(authority);
  return host !== null && isLoopbackHost(host);
}

/**
 * What keeps web pages away from a server that asks for no key. A page of another site that was made to resolve to this machine (DNS rebinding) still
 * sends its own name as `Host`; a page that simply calls localhost sends its `Origin`, or `Sec-Fetch-Site`.
 */
export function onlyFromThisMachine(allowedOrigins: readonly string[]): MiddlewareHandler<ServerEnv> {
  return async (context, next) => {
    const { headers, method } = context.env.incoming;
    if (!isLoopback(headers.host ?? "")) throw new AgentSdkError("forbidden", "Without an API key this server answers only to localhost.");
    const { origin } = headers;
    if (origin !== undefined && isAllowedOrigin(allowedOrigins, origin)) return next();
    if (origin !== undefined && !isLoopback(origin)) throw new AgentSdkError("forbidden", "Without an API key this server does not answer other sites.");
    const navigates = method === "GET" && headers["sec-fetch-mode"] === "navigate";
    if (headers["sec-fetch-site"] === "cross-site" && !navigates) throw new AgentSdkError("forbidden", "Without an API key this server does not answer other sites.");
    await next();
  };
}
