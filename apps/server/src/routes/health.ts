import { healthAnswer } from "@agent-sdk/core/api";
import type { App, RouteDependencies } from "../http/context.ts";

/** Whether the server takes requests. The only routes that need no key; without one they tell no counts. */
export function addHealthRoutes(app: App, { service, version }: RouteDependencies): void {
  for (const path of ["/health", "/health/ready"]) {
    app.get(path, async (context) => context.json(healthAnswer(version, context.get("authenticated") ? await service.counts() : null)));
  }
}
