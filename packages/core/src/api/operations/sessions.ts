import * as z from "zod";
import { createSessionBody } from "../create-session.ts";
import { uuidField } from "../fields.ts";
import { createSessionAnswerSchema, sandboxAnswerSchema, sessionListItemSchema, sessionRowSchema, sessionStatusAnswerSchema } from "../session-answer-schemas.ts";
import { sessionListQuery } from "../session-list.ts";
import { json, none, page, sandboxErrors, type Operation } from "./operation.ts";

const tag = "Sessions";
const pathParameters = { id: uuidField };

/** Creating, listing, reading and deleting sessions. */
export const sessionOperations: readonly Operation[] = [
  {
    id: "createSession",
    method: "POST",
    path: "/sessions",
    tag,
    summary: "Create a session",
    description: "Fields stand at the top level or under `config`; the top level wins. With `provision: false` the first message brings the sandbox up.",
    scope: "sessions",
    takesIdempotencyKey: true,
    headers: { "X-Session-Id": { schema: uuidField, description: "The session's id, chosen by the caller." } },
    body: { schema: createSessionBody, required: true },
    answers: { 200: json("The session.", createSessionAnswerSchema) },
    errors: sandboxErrors,
  },
  {
    id: "listSessions",
    method: "GET",
    path: "/sessions",
    tag,
    summary: "List sessions, live ones first",
    scope: "read",
    takesIdempotencyKey: false,
    query: sessionListQuery,
    answers: { 200: page("A page of the tenant's sessions.", z.array(sessionListItemSchema)) },
    errors: [],
  },
  {
    id: "getSession",
    method: "GET",
    path: "/sessions/{id}",
    tag,
    summary: "Read a session",
    description: "Never wakes a sandbox. Of secrets only the names.",
    scope: "read",
    tokenScope: "read",
    takesIdempotencyKey: false,
    pathParameters,
    answers: { 200: json("The session's row.", sessionRowSchema) },
    errors: ["not_found"],
  },
  {
    id: "deleteSession",
    method: "DELETE",
    path: "/sessions/{id}",
    tag,
    summary: "Delete a session, and destroy its sandbox",
    scope: "sessions",
    takesIdempotencyKey: false,
    pathParameters,
    answers: { 204: none("There is no such session any more, or there never was one.") },
    errors: ["provider_failed", "sandbox_failed", "superseded", "timeout"],
  },
  {
    id: "getSessionStatus",
    method: "GET",
    path: "/sessions/{id}/status",
    tag,
    summary: "What a session does at this moment",
    description: "Never wakes a sandbox.",
    scope: "read",
    tokenScope: "read",
    takesIdempotencyKey: false,
    pathParameters,
    answers: { 200: json("The status.", sessionStatusAnswerSchema) },
    errors: ["not_found"],
  },
  {
    id: "getSandbox",
    method: "GET",
    path: "/sessions/{id}/sandbox",
    tag,
    summary: "Where a session's sandbox is",
    description: "Never wakes it.",
    scope: "read",
    takesIdempotencyKey: false,
    pathParameters,
    answers: { 200: json("The sandbox.", sandboxAnswerSchema) },
    errors: ["not_found", "provider_failed", "timeout"],
  },
];
