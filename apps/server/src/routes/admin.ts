import { adminSession, orphansAnswer, parseAdminSessions, parseEmpty, sweepAnswer } from "@agent-sdk/core/api";
import { readOptionalJson } from "../http/body.ts";
import type { App, RouteDependencies } from "../http/context.ts";
import { nextLink } from "../http/next-link.ts";

/** What concerns all tenants and all replicas. */
export function addAdminRoutes(app: App, { pool: { admin } }: RouteDependencies): void {
  app.get("/admin/sessions", async (context) => {
    const { items, nextCursor } = await admin.sessions(parseAdminSessions(context.req.query()));
    if (nextCursor !== null) context.header("link", nextLink(context, nextCursor));
    const now = Date.now();
    return context.json(items.map((overview) => adminSession(overview, now)));
  });

  app.get("/admin/orphans", async (context) => context.json(orphansAnswer(await admin.orphans())));

  app.post("/admin/orphans/sweep", async (context) => {
    parseEmpty(await readOptionalJson(context));
    return context.json(sweepAnswer(await admin.sweepOrphans()));
  });
}
