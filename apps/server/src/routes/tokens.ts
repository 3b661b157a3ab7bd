import { createTokenAnswer, parseCreateToken } from "@agent-sdk/core/api";
import { callerOf } from "../http/authenticate.ts";
import { readOptionalJson } from "../http/body.ts";
import { sessionIdOf, type App, type RouteDependencies } from "../http/context.ts";

/** Tokens of single sessions. */
export function addTokenRoutes(app: App, { access: { tokens }, service }: RouteDependencies): void {
  app.post("/sessions/:id/tokens", async (context) => {
    const request = parseCreateToken(await readOptionalJson(context));
    const session = await service.get(context.get("tenant"), sessionIdOf(context));
    const { token, secret } = await tokens.create(callerOf(context), { sessionId: session.id, ...request });
    return context.json(createTokenAnswer(token, secret), 200, { "cache-control": "no-store" });
  });
}
