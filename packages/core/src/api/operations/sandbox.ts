import { execAnswerSchema, execBody } from "../exec.ts";
import { uuidField } from "../fields.ts";
import { json, sandboxErrors, type Operation } from "./operation.ts";

/** Commands in a session's sandbox. */
export const sandboxOperations: readonly Operation[] = [
  {
    id: "exec",
    method: "POST",
    path: "/sessions/{id}/sandbox/exec",
    tag: "Sandbox",
    summary: "Run a command",
    description: "Wakes a hibernated session. The command and what it started die at the time-out, and when the caller leaves.",
    scope: "sessions",
    takesIdempotencyKey: true,
    pathParameters: { id: uuidField },
    body: { schema: execBody, required: true },
    answers: { 200: json("What the command said, and how it ended.", execAnswerSchema) },
    errors: sandboxErrors,
  },
];
