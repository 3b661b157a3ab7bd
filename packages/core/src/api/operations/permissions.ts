import { uuidField } from "../fields.ts";
import { answerPermissionBody, permissionRowSchema, permissionsAnswerSchema, permissionsQuery } from "../permissions.ts";
import { json, type Operation } from "./operation.ts";

const tag = "Permissions";

/** What the agent asked, and answering it. */
export const permissionOperations: readonly Operation[] = [
  {
    id: "listPermissions",
    method: "GET",
    path: "/sessions/{id}/permissions",
    tag,
    summary: "The agent's questions",
    description: "Those that are open; with `status=all` those that were answered, too. Oldest first.",
    scope: "read",
    tokenScope: "read",
    takesIdempotencyKey: false,
    pathParameters: { id: uuidField },
    query: permissionsQuery,
    answers: { 200: json("The questions.", permissionsAnswerSchema) },
    errors: ["not_found"],
  },
  {
    id: "answerPermission",
    method: "POST",
    path: "/sessions/{id}/permissions/{request_id}",
    tag,
    summary: "Answer a question of the agent",
    description: "By one of its options, or by `outcome: cancelled`; an elicitation by an `action`. A question is answered once.",
    scope: "sessions",
    tokenScope: "permissions",
    takesIdempotencyKey: true,
    pathParameters: { id: uuidField, request_id: uuidField },
    body: { schema: answerPermissionBody, required: true },
    answers: { 200: json("The question with its answer, which is on its way to the agent.", permissionRowSchema) },
    errors: ["not_found", "conflict"],
  },
];
