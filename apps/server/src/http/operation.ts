import { operations, type Operation } from "@agent-sdk/core/api";
import { matchedRoutes } from "hono/route";
import type { RequestContext } from "./context.ts";

/** An operation's path as Hono writes it. */
export function routePath({ path }: Pick<Operation, "path">): string {
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => `:${name.replaceAll(/_([a-z])/g, (__, letter: string) => letter.toUpperCase())}`);
}

const byRoute: ReadonlyMap<string, Operation> = new Map(operations.map((operation) => [`${operation.method} ${routePath(operation)}`, operation]));

/** What stands at a name of the operation's path; a middleware has no parameters of the route behind it. */
export function pathPart(context: RequestContext, { path }: Pick<Operation, "path">, name: string): string | undefined {
  const place = path.split("/").indexOf(`{${name}}`);
  return place === -1 ? undefined : context.req.path.split("/")[place];
}

/** What the request asks for, known before its route is run; undefined where there is no such route. */
export function operationOf(context: RequestContext): Operation | undefined {
  const route = matchedRoutes(context).findLast(({ method }) => method !== "ALL");
  return route && byRoute.get(`${route.method} ${route.path}`);
}
