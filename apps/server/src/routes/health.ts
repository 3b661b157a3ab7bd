import { healthAnswer } from "@agent-sdk/core/api";
import { isOperator } from "../access/caller.ts";
import type { App, RouteDependencies } from "../http/context.ts";

/** Whether the server lives, and whether it takes requests. The counts are over all tenants, so only the operator is told them. */
export function addHealthRoutes(app: App, { service, pool, version }: RouteDependencies): void {
  app.get("/health", async (context) => {
    const caller = context.get("caller");
    return context.json(healthAnswer(version, caller !== null && isOperator(caller) ? await service.counts() : null));
  });

  app.get("/health/ready", async (context) => {
    await pool.admin.assertReady();
    return context.json(healthAnswer(version, null));
  });
}
