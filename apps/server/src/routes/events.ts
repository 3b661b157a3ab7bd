import { AgentSdkError } from "@agent-sdk/core";
import { parseEventsQuery } from "@agent-sdk/core/api";
import { sessionIdOf, type App, type RouteDependencies } from "../http/context.ts";
import { streamTo } from "./stream.ts";

/** The stream of a session. */
export function addEventRoutes(app: App, dependencies: RouteDependencies): void {
  app.get("/sessions/:id/events", async (context) => {
    if (context.env.incoming.method === "HEAD") throw new AgentSdkError("bad_request", "A stream can only be read with GET.");
    const id = sessionIdOf(context);
    const position = parseEventsQuery(context.req.query(), context.req.header("last-event-id"));
    return streamTo(context, dependencies, (signal) => dependencies.service.subscribe(context.get("tenant"), id, { ...position, signal }));
  });
}
