import * as z from "zod";
import { agentTypesAnswerSchema } from "../agent-types.ts";
import { agentAnswerSchema, agentListQuery } from "../agents.ts";
import { createAgentBody } from "../create-session.ts";
import { uuidField } from "../fields.ts";
import { json, none, page, type Operation } from "./operation.ts";

const tag = "Agents";
const pathParameters = { agent: uuidField };

/** Agents: settings that sessions are made with. */
export const agentOperations: readonly Operation[] = [
  {
    id: "createAgent",
    method: "POST",
    path: "/agents",
    tag,
    summary: "Create an agent",
    description: "Only what an agent is; a session is made with it by `agent_id`.",
    scope: "sessions",
    takesIdempotencyKey: true,
    body: { schema: createAgentBody, required: true },
    answers: { 200: json("The agent.", agentAnswerSchema) },
    errors: ["not_supported"],
  },
  {
    id: "listAgents",
    method: "GET",
    path: "/agents",
    tag,
    summary: "List agents, newest first",
    scope: "read",
    takesIdempotencyKey: false,
    query: agentListQuery,
    answers: { 200: page("A page of the tenant's agents.", z.array(agentAnswerSchema)) },
    errors: [],
  },
  {
    id: "getAgent",
    method: "GET",
    path: "/agents/{agent}",
    tag,
    summary: "Read an agent",
    description: "Of variables and headers only the names.",
    scope: "read",
    takesIdempotencyKey: false,
    pathParameters,
    answers: { 200: json("The agent.", agentAnswerSchema) },
    errors: ["not_found"],
  },
  {
    id: "deleteAgent",
    method: "DELETE",
    path: "/agents/{agent}",
    tag,
    summary: "Delete an agent and its sessions, each after its sandbox",
    scope: "sessions",
    takesIdempotencyKey: false,
    pathParameters,
    answers: { 204: none("They are gone.") },
    errors: ["not_found", "conflict", "not_supported", "provider_failed", "sandbox_failed", "superseded", "timeout"],
  },
  {
    id: "listAgentTypes",
    method: "GET",
    path: "/agent-types",
    tag,
    summary: "List the agents that sessions can be made with",
    description: "What each offers, and whether it is installed; one that is not is installed at its first use.",
    scope: "read",
    takesIdempotencyKey: false,
    answers: { 200: json("The catalogue.", agentTypesAnswerSchema) },
    errors: [],
  },
];
