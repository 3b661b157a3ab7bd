import { eventPosition, eventsQuery } from "../events.ts";
import { promptId, uuidField } from "../fields.ts";
import { cancelAnswerSchema, emptyBody } from "../lifecycle.ts";
import { messageAnswerSchema, messageBody } from "../message.ts";
import { promptRowSchema, promptsAnswerSchema, promptsQuery } from "../prompts.ts";
import { events, json, type Operation } from "./operation.ts";

const tag = "Messages";
const pathParameters = { id: uuidField };

/** Sending prompts, watching what they bring, and their queue. */
export const messageOperations: readonly Operation[] = [
  {
    id: "sendMessage",
    method: "POST",
    path: "/sessions/{id}/message",
    tag,
    summary: "Send a message",
    description: "Answered once the prompt is stored. Safe to repeat with an `rpc_id` of the caller's.",
    scope: "sessions",
    takesIdempotencyKey: true,
    pathParameters,
    body: { schema: messageBody, required: true },
    answers: { 200: json("The prompt is stored.", messageAnswerSchema) },
    errors: ["not_found", "conflict", "not_supported"],
  },
  {
    id: "streamMessage",
    method: "POST",
    path: "/sessions/{id}/message+stream",
    tag,
    summary: "Send a message and watch it",
    scope: "sessions",
    takesIdempotencyKey: true,
    pathParameters,
    body: { schema: messageBody, required: true },
    answers: { 200: events("The events of this prompt, ending after its terminal frame.") },
    errors: ["not_found", "conflict", "not_supported", "cursor_expired"],
  },
  {
    id: "streamEvents",
    method: "GET",
    path: "/sessions/{id}/events",
    tag,
    summary: "Watch a session",
    description: "With a position, everything after it, then what comes. Without, what comes from now on. With `follow=false`, what there is.",
    scope: "read",
    takesIdempotencyKey: false,
    pathParameters,
    query: eventsQuery,
    headers: { "Last-Event-ID": { schema: eventPosition, description: "The number of the last event that the caller has. Wins over `after`." } },
    answers: { 200: events("The session's events.") },
    errors: ["not_found", "cursor_expired"],
  },
  {
    id: "listPrompts",
    method: "GET",
    path: "/sessions/{id}/prompts",
    tag,
    summary: "The prompts of a session, by position",
    scope: "read",
    takesIdempotencyKey: false,
    pathParameters,
    query: promptsQuery,
    answers: { 200: json("The prompts.", promptsAnswerSchema) },
    errors: ["not_found"],
  },
  {
    id: "withdrawPrompt",
    method: "DELETE",
    path: "/sessions/{id}/prompts/{rpc_id}",
    tag,
    summary: "Take a waiting prompt out",
    scope: "sessions",
    takesIdempotencyKey: false,
    pathParameters: { id: uuidField, rpc_id: promptId },
    answers: { 200: json("The prompt, cancelled.", promptRowSchema) },
    errors: ["not_found", "conflict"],
  },
  {
    id: "cancel",
    method: "POST",
    path: "/sessions/{id}/cancel",
    tag,
    summary: "End the running prompt",
    description: "It ends as cancelled within a bounded time, whatever the agent does.",
    scope: "sessions",
    takesIdempotencyKey: true,
    pathParameters,
    body: { schema: emptyBody, required: false },
    answers: { 200: json("The end is asked for, or nothing runs.", cancelAnswerSchema) },
    errors: ["not_found"],
  },
];
