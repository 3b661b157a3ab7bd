import { AgentSdkError } from "@agent-sdk/core";
import { openApiDocument } from "@agent-sdk/core/api";
import { readAsset } from "../docs/assets.ts";
import { page, pagePolicy } from "../docs/page.ts";
import type { App, RouteDependencies } from "../http/context.ts";

const cached = { "cache-control": "public, max-age=3600", "x-content-type-options": "nosniff" };

/** The description of the interface, for programs and for people. It holds nothing of anybody, so it needs no key. */
export function addDescriptionRoutes(app: App, { version }: RouteDependencies): void {
  const description = JSON.stringify(openApiDocument({ version }));

  app.get("/openapi.json", (context) => context.body(description, 200, { "content-type": "application/json" }));

  app.get("/docs", (context) => context.html(page, 200, { "content-security-policy": pagePolicy, "referrer-policy": "no-referrer", "x-content-type-options": "nosniff" }));

  app.get("/docs/:asset", async (context) => {
    const asset = await readAsset(context.req.param("asset"));
    if (asset === null) throw new AgentSdkError("not_found", "The page has no such file.");
    return context.body(asset.bytes, 200, { ...cached, "content-type": asset.mediaType });
  });
}
