import type { RequestContext } from "./context.ts";

/** The page after this one, as a link that keeps the other parameters. */
export function nextLink(context: RequestContext, cursor: string): string {
  const query = new URLSearchParams(context.req.query());
  query.set("cursor", cursor);
  return `<${context.req.path}?${query.toString()}>; rel="next"`;
}
