import { execAnswer, parseExec } from "@agent-sdk/core/api";
import { readJson } from "../http/body.ts";
import { sessionIdOf, type App, type RouteDependencies } from "../http/context.ts";

/** Commands in a session's sandbox. A caller that leaves takes its command with it. */
export function addExecRoutes(app: App, { service }: RouteDependencies): void {
  app.post("/sessions/:id/sandbox/exec", async (context) => {
    const id = sessionIdOf(context);
    const request = parseExec(await readJson(context));
    return context.json(execAnswer(await service.exec(context.get("tenant"), id, request, { signal: context.req.raw.signal })));
  });
}
