import { parseEmpty, parseResume, refuseCredentials, releaseAnswer, resumeAnswer } from "@agent-sdk/core/api";
import { readOptionalJson } from "../http/body.ts";
import { sessionIdOf, type App, type RouteDependencies } from "../http/context.ts";

/** Waking and hibernating a session. */
export function addLifecycleRoutes(app: App, { service, credentialNames }: RouteDependencies): void {
  app.post("/sessions/:id/resume", async (context) => {
    const id = sessionIdOf(context);
    const patch = parseResume(await readOptionalJson(context));
    refuseCredentials(patch.env ?? {}, credentialNames);
    return context.json(resumeAnswer(await service.resume(context.get("tenant"), id, patch, { signal: context.req.raw.signal })));
  });

  app.post("/sessions/:id/release", async (context) => {
    const id = sessionIdOf(context);
    parseEmpty(await readOptionalJson(context));
    await service.release(context.get("tenant"), id, { signal: context.req.raw.signal });
    return context.json(releaseAnswer());
  });
}
