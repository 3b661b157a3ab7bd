import { AgentSdkError } from "@agent-sdk/core";
import { agentAnswer, agentTypeAnswer, isUuid, parseAgentList, parseCreateAgent } from "@agent-sdk/core/api";
import { readJson } from "../http/body.ts";
import type { App, RequestContext, RouteDependencies } from "../http/context.ts";
import { nextLink } from "../http/next-link.ts";

/** @throws AgentSdkError `not_found` for what cannot be an id. */
function agentIdOf(context: RequestContext): string {
  const id = context.req.param("agent") ?? "";
  if (!isUuid(id)) throw new AgentSdkError("not_found", "There is no such agent.");
  return id.toLowerCase();
}

/** Agents: settings that sessions are made with, and the programs that there are to choose from. */
export function addAgentRoutes(app: App, { pool: { agents }, agentTypes }: RouteDependencies): void {
  app.get("/agent-types", async (context) => context.json((await agentTypes()).map(agentTypeAnswer)));

  app.post("/agents", async (context) => {
    const config = parseCreateAgent(await readJson(context));
    return context.json(agentAnswer(await agents.create({ tenant: context.get("tenant"), config })));
  });

  app.get("/agents", async (context) => {
    const { items, nextCursor } = await agents.list(context.get("tenant"), parseAgentList(context.req.query()));
    if (nextCursor !== null) context.header("link", nextLink(context, nextCursor));
    return context.json(items.map(agentAnswer));
  });

  app.get("/agents/:agent", async (context) => context.json(agentAnswer(await agents.get(context.get("tenant"), agentIdOf(context)))));

  app.delete("/agents/:agent", async (context) => {
    await agents.delete(context.get("tenant"), agentIdOf(context), { signal: context.req.raw.signal });
    return context.body(null, 204);
  });
}
