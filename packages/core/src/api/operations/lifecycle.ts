import { emptyBody, releaseAnswerSchema, resumeAnswerSchema, resumeBody } from "../lifecycle.ts";
import { uuidField } from "../fields.ts";
import { json, sandboxErrors, type Operation } from "./operation.ts";

const tag = "Sessions";
const pathParameters = { id: uuidField };

/** Waking and hibernating a session. */
export const lifecycleOperations: readonly Operation[] = [
  {
    id: "resume",
    method: "POST",
    path: "/sessions/{id}/resume",
    tag,
    summary: "Wake a session, with changed variables where given",
    description: "A field that is absent keeps what there is, `{}` clears it, and anything else replaces it.",
    scope: "sessions",
    takesIdempotencyKey: true,
    pathParameters,
    body: { schema: resumeBody, required: false },
    answers: { 200: json("The session, with a running sandbox.", resumeAnswerSchema) },
    errors: sandboxErrors,
  },
  {
    id: "release",
    method: "POST",
    path: "/sessions/{id}/release",
    tag,
    summary: "End a session's sandbox and keep the session",
    scope: "sessions",
    takesIdempotencyKey: true,
    pathParameters,
    body: { schema: emptyBody, required: false },
    answers: { 200: json("The compute is gone.", releaseAnswerSchema) },
    errors: sandboxErrors,
  },
];
