import { AgentSdkError } from "@agent-sdk/core";
import { cancelAnswer, parseEmpty, parsePromptsQuery, promptRow } from "@agent-sdk/core/api";
import { readOptionalJson } from "../http/body.ts";
import { sessionIdOf, type App, type RouteDependencies } from "../http/context.ts";

const promptId = /^[A-Za-z0-9._:-]{1,128}$/;

/** The queue of prompts: reading it, taking one out, and ending the one that runs. */
export function addPromptRoutes(app: App, { service }: RouteDependencies): void {
  app.get("/sessions/:id/prompts", async (context) => {
    const prompts = await service.prompts(context.get("tenant"), sessionIdOf(context), parsePromptsQuery(context.req.query()));
    return context.json({ prompts: prompts.map(promptRow) });
  });

  app.delete("/sessions/:id/prompts/:rpcId", async (context) => {
    const rpcId = context.req.param("rpcId");
    if (!promptId.test(rpcId)) throw new AgentSdkError("not_found", "There is no such prompt.");
    return context.json(promptRow(await service.withdraw(context.get("tenant"), sessionIdOf(context), rpcId)));
  });

  app.post("/sessions/:id/cancel", async (context) => {
    parseEmpty(await readOptionalJson(context));
    return context.json(cancelAnswer(await service.cancel(context.get("tenant"), sessionIdOf(context))));
  });
}
