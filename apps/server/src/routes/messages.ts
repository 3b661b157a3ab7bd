import { messageAnswer, parseMessage } from "@agent-sdk/core/api";
import { readJson } from "../http/body.ts";
import { sessionIdOf, type App, type RouteDependencies } from "../http/context.ts";
import { streamTo } from "./stream.ts";

/** Sending prompts, with and without waiting for what they bring. */
export function addMessageRoutes(app: App, dependencies: RouteDependencies): void {
  const { service } = dependencies;

  app.post("/sessions/:id/message", async (context) => {
    const id = sessionIdOf(context);
    const prompt = await service.message(context.get("tenant"), id, parseMessage(await readJson(context)));
    return context.json(messageAnswer(prompt));
  });

  app.post("/sessions/:id/message+stream", async (context) => {
    const id = sessionIdOf(context);
    const tenant = context.get("tenant");
    const message = parseMessage(await readJson(context));
    const { head } = await service.get(tenant, id);
    const { rpcId, state } = await service.message(tenant, id, message);
    // A prompt that is past waiting was there before: this is a repetition, and its events began long ago.
    const after = state === "queued" ? head.lastSeq : head.firstSeq - 1;
    return streamTo(context, dependencies, (signal) => service.subscribe(tenant, id, { after, rpcId, signal }));
  });
}
