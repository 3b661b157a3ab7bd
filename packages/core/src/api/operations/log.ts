import * as z from "zod";
import { uuidField } from "../fields.ts";
import { logQuery, logRowAnswerSchema } from "../log.ts";
import { json, type Operation } from "./operation.ts";

/** The log that is derived from a session's stream. */
export const logOperations: readonly Operation[] = [
  {
    id: "getLog",
    method: "GET",
    path: "/sessions/{id}/log",
    tag: "Messages",
    summary: "The newest rows of a session's log, oldest first",
    scope: "read",
    tokenScope: "read",
    takesIdempotencyKey: false,
    pathParameters: { id: uuidField },
    query: logQuery,
    answers: { 200: json("The rows.", z.array(logRowAnswerSchema)) },
    errors: ["not_found"],
  },
];
