import { AgentSdkError } from "@agent-sdk/core";
import { createKeyAnswer, isUuid, keyRow, parseCreateKey, parseDeleteKey, parseKeyList } from "@agent-sdk/core/api";
import { callerOf } from "../http/authenticate.ts";
import { readOptionalJson } from "../http/body.ts";
import type { App, RouteDependencies } from "../http/context.ts";
import { nextLink } from "../http/next-link.ts";

/** Keys of callers. */
export function addKeyRoutes(app: App, { access: { keys } }: RouteDependencies): void {
  app.post("/keys", async (context) => {
    const { key, secret } = await keys.create(callerOf(context), parseCreateKey(await readOptionalJson(context)));
    return context.json(createKeyAnswer(key, secret), 200, { "cache-control": "no-store" });
  });

  app.get("/keys", async (context) => {
    const { items, nextCursor } = await keys.list(callerOf(context), parseKeyList(context.req.query()));
    if (nextCursor !== null) context.header("link", nextLink(context, nextCursor));
    return context.json(items.map(keyRow));
  });

  app.delete("/keys/:keyId", async (context) => {
    const id = context.req.param("keyId");
    if (!isUuid(id)) throw new AgentSdkError("not_found", "There is no such key.");
    await keys.revoke(callerOf(context), id.toLowerCase(), parseDeleteKey(context.req.query()));
    return context.body(null, 204);
  });
}
