import { createSessionAnswer, isUuid, parseCreateSession, parseSessionList, refuseCredentials, sandboxAnswer, sessionListItem, sessionRow, sessionStatusAnswer } from "@agent-sdk/core/api";
import { readJson } from "../http/body.ts";
import { sessionIdOf, type App, type RouteDependencies } from "../http/context.ts";
import { nextLink } from "../http/next-link.ts";

/** Creating, listing, reading and deleting sessions. */
export function addSessionRoutes(app: App, { service, credentialNames, defaultProvider }: RouteDependencies): void {
  app.post("/sessions", async (context) => {
    const request = parseCreateSession(await readJson(context), { sessionIdHeader: context.req.header("x-session-id"), defaultProvider });
    refuseCredentials(request.settings.env, credentialNames);
    const session = await service.create({ tenant: context.get("tenant"), ...request }, { signal: context.req.raw.signal });
    return context.json(createSessionAnswer(session));
  });

  app.get("/sessions", async (context) => {
    const { items, nextCursor } = await service.list(context.get("tenant"), parseSessionList(context.req.query()));
    if (nextCursor !== null) context.header("link", nextLink(context, nextCursor));
    const now = Date.now();
    return context.json(items.map((session) => sessionListItem(session, now)));
  });

  app.get("/sessions/:id", async (context) => context.json(sessionRow(await service.get(context.get("tenant"), sessionIdOf(context)))));

  app.get("/sessions/:id/status", async (context) => context.json(sessionStatusAnswer(await service.status(context.get("tenant"), sessionIdOf(context)))));

  app.get("/sessions/:id/sandbox", async (context) => {
    const id = sessionIdOf(context);
    return context.json(sandboxAnswer(id, await service.sandbox(context.get("tenant"), id)));
  });

  app.delete("/sessions/:id", async (context) => {
    const id = context.req.param("id");
    if (isUuid(id)) await service.delete(context.get("tenant"), id.toLowerCase(), { signal: context.req.raw.signal });
    return context.body(null, 204);
  });
}
