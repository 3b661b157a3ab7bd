import * as z from "zod";
import { adminSessionSchema, adminSessionsQuery, orphansAnswerSchema, sweepAnswerSchema } from "../admin.ts";
import { emptyBody } from "../lifecycle.ts";
import { json, page, type Operation } from "./operation.ts";

const shared = { tag: "Administration", scope: "admin", acrossTenants: true, takesIdempotencyKey: false, errors: [] } as const;

/** What concerns all tenants and all replicas. */
export const adminOperations: readonly Operation[] = [
  {
    ...shared,
    id: "listAllSessions",
    method: "GET",
    path: "/admin/sessions",
    summary: "List the sessions of all tenants and replicas, live ones first",
    query: adminSessionsQuery,
    answers: { 200: page("A page of sessions.", z.array(adminSessionSchema)) },
  },
  {
    ...shared,
    id: "listOrphans",
    method: "GET",
    path: "/admin/orphans",
    summary: "List the sandboxes that no session refers to",
    description: "Of this deployment, by the label of its origin, and old enough not to be in the making. Destroys nothing.",
    answers: { 200: json("What there is.", orphansAnswerSchema) },
  },
  {
    ...shared,
    id: "sweepOrphans",
    method: "POST",
    path: "/admin/orphans/sweep",
    summary: "Destroy the sandboxes that no session refers to",
    description: "Whether a session refers to one is asked again just before it is destroyed.",
    body: { schema: emptyBody, required: false },
    answers: { 200: json("What was done.", sweepAnswerSchema) },
  },
];
