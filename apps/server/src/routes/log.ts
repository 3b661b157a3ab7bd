import { logRowAnswer, parseLogQuery } from "@agent-sdk/core/api";
import { sessionIdOf, type App, type RouteDependencies } from "../http/context.ts";

/** The log that is derived from a session's stream. */
export function addLogRoutes(app: App, { service }: RouteDependencies): void {
  app.get("/sessions/:id/log", async (context) => {
    const id = sessionIdOf(context);
    const rows = await service.log(context.get("tenant"), id, parseLogQuery(context.req.query()));
    return context.json(rows.map((row) => logRowAnswer(id, row)));
  });
}
