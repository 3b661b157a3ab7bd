import { healthAnswer } from "@agent-sdk/core/api";
import { isOperator } from "../access/caller.ts";
import type { App, RouteDependencies } from "../http/context.ts";

/** Whether the server takes requests. The counts are over all tenants, so only the operator is told them. */
export function addHealthRoutes(app: App, { service, version }: RouteDependencies): void {
  for (const path of ["/health", "/health/ready"]) {
    app.get(path, async (context) => {
      const caller = context.get("caller");
      return context.json(healthAnswer(version, caller !== null && isOperator(caller) ? await service.counts() : null));
    });
  }
}
