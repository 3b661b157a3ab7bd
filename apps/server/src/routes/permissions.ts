import { AgentSdkError } from "@agent-sdk/core";
import { isUuid, parseAnswerPermission, parsePermissionsQuery, permissionRow } from "@agent-sdk/core/api";
import { readJson } from "../http/body.ts";
import { sessionIdOf, type App, type RouteDependencies } from "../http/context.ts";

/** What the agent asked, and answering it. */
export function addPermissionRoutes(app: App, { service }: RouteDependencies): void {
  app.get("/sessions/:id/permissions", async (context) => {
    const questions = await service.permissions(context.get("tenant"), sessionIdOf(context), parsePermissionsQuery(context.req.query()));
    return context.json({ permissions: questions.map(permissionRow) });
  });

  app.post("/sessions/:id/permissions/:requestId", async (context) => {
    const requestId = context.req.param("requestId");
    if (!isUuid(requestId)) throw new AgentSdkError("not_found", "There is no such question.");
    const answer = parseAnswerPermission(await readJson(context));
    return context.json(permissionRow(await service.answerPermission(context.get("tenant"), sessionIdOf(context), requestId.toLowerCase(), answer)));
  });
}
