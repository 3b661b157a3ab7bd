import * as z from "zod";
import { AgentSdkError } from "../errors.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../json.ts";
import type { Agent, AgentConfig } from "../session.ts";
import { createAgentFields, fieldOwners } from "./create-session.ts";
import { jsonObject, jsonValue, timestamp, uuidField } from "./fields.ts";
import { pageFields, pageOf, type PageQuery } from "./paging.ts";
import { parse, parseBody } from "./parse.ts";
import { withoutValues } from "./redact.ts";
import { agentConfig, mergeLevels } from "./session-request.ts";

/** An agent. Of variables and headers only the names. */
export interface AgentAnswer {
  readonly id: string;
  readonly agent_id: string;
  readonly agent_type: string;
  readonly name: string | null;
  readonly model: string | null;
  readonly mode: string | null;
  readonly thought_level: string | null;
  readonly command: { readonly path: string; readonly args: readonly string[]; readonly env: { readonly keys: readonly string[] } } | null;
  /** ACP's array, with `***` for each value of a variable or a header. */
  readonly mcp_servers: readonly JsonObject[];
  readonly skills: JsonValue;
  readonly cli_tools: readonly string[];
  readonly extra_options: JsonObject;
  readonly created_at: string;
}

export const agentListQuery: z.ZodType<PageQuery> = z.object(pageFields);

export const agentAnswerSchema: z.ZodType<AgentAnswer> = z
  .object({
    id: uuidField,
    agent_id: uuidField,
    agent_type: z.string(),
    name: z.string().nullable(),
    model: z.string().nullable(),
    mode: z.string().nullable(),
    thought_level: z.string().nullable(),
    command: z.object({ path: z.string(), args: z.array(z.string()), env: z.object({ keys: z.array(z.string()) }) }).nullable(),
    mcp_servers: z.array(jsonObject),
    skills: jsonValue,
    cli_tools: z.array(z.string()),
    extra_options: jsonObject,
    created_at: timestamp,
  })
  .meta({ id: "AgentAnswer" });

/** An agent has no session and no sandbox: a caller who gives it one's settings would wait for them in vain. */
function refuseForeign(fields: unknown): void {
  if (!isJsonObject(fields)) return;
  const foreign = Object.keys(fields).find((name) => fieldOwners.has(name));
  if (foreign === undefined) return;
  const owner = fieldOwners.get(foreign);
  throw new AgentSdkError("bad_request", `Field "${foreign}": belongs to a ${owner === "call" ? "session" : owner}, not to an agent: give it to POST /sessions.`, { details: { field: foreign } });
}

/** @throws AgentSdkError `bad_request`, also for a field of a session or a sandbox, which it names; `not_supported` for what this version does not do */
export function parseCreateAgent(body: unknown): AgentConfig {
  const merged = mergeLevels(body);
  refuseForeign(merged);
  return agentConfig(parseBody(createAgentFields, merged, { storable: true }));
}

/** @throws AgentSdkError `bad_request` */
export function parseAgentList(query: Readonly<Record<string, string>>): { readonly limit: number; readonly cursor: string | undefined } {
  return pageOf(parse(agentListQuery, query));
}

export function agentAnswer({ id, config, createdAt }: Agent): AgentAnswer {
  const { command } = config;
  return {
    id,
    agent_id: id,
    agent_type: config.agentType,
    name: config.name,
    model: config.model,
    mode: config.mode,
    thought_level: config.thoughtLevel,
    command: command && { path: command.path, args: command.args, env: { keys: Object.keys(command.env).toSorted() } },
    mcp_servers: config.mcpServers.map((server) => withoutValues(server)),
    skills: config.skills,
    cli_tools: config.cliTools,
    extra_options: withoutValues(config.extraOptions),
    created_at: createdAt.toISOString(),
  };
}
