import * as z from "zod";
import type { JsonObject, JsonValue } from "../json.ts";
import type { PermissionPolicy } from "../session.ts";
import { jsonObject, jsonValue, line, publicVariables, resourceName, text, uuidField, variables } from "./fields.ts";
import { mcpServersBody, type McpServersBody } from "./mcp-servers.ts";
import { permissionsField, type PermissionRuleBody } from "./permission-rules.ts";

type Given<T> = T | null | undefined;

/** What `custom` agents are started with. */
export interface CommandBody {
  readonly path: string;
  readonly args?: readonly string[] | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
}

export interface ResourcesBody {
  readonly cpu?: Given<number>;
  readonly memory_mib?: Given<number>;
  readonly gpu?: Given<string>;
  readonly disk_gib?: Given<number>;
}

/** What an agent is; kept with the agent and replayed at every restore. */
export interface AgentFields {
  readonly agent_type?: Given<string>;
  readonly command?: Given<CommandBody>;
  readonly model?: Given<string>;
  readonly mode?: Given<string>;
  readonly thought_level?: Given<string>;
  readonly mcp_servers?: Given<McpServersBody>;
  readonly skills?: JsonValue | undefined;
  readonly cli_tools?: Given<readonly string[]>;
  readonly name?: Given<string>;
  readonly extra_options?: Given<JsonObject>;
}

/** The settings of one session. */
export interface SessionFields {
  readonly cwd?: Given<string>;
  readonly env?: Given<Readonly<Record<string, string>>>;
  readonly secrets?: Given<Readonly<Record<string, string>>>;
  readonly workspace?: Given<string>;
  readonly permissions?: Given<PermissionPolicy | readonly PermissionRuleBody[]>;
  readonly permission_timeout_s?: Given<number>;
  readonly budget?: Given<JsonObject>;
}

/** How the session's sandbox is built; frozen when the session is made. */
export interface SandboxFields {
  readonly provider?: Given<string>;
  readonly dockerfile?: Given<string>;
  readonly dockerfile_content?: Given<string>;
  readonly image?: Given<string>;
  readonly shared_mounts?: Given<readonly string[]>;
  readonly root?: Given<string>;
  readonly pre_start_commands?: Given<readonly string[]>;
  readonly volume_id?: Given<string>;
  readonly resources?: Given<ResourcesBody>;
  readonly network?: Given<"none" | "internal" | "open" | { readonly allow: readonly string[] }>;
  readonly no_reap?: Given<boolean>;
}

/** What concerns this call alone. */
export interface CallFields {
  readonly id?: Given<string>;
  readonly provision?: Given<boolean>;
  readonly agent_id?: Given<string>;
}

export type CreateSessionFields = AgentFields & SessionFields & SandboxFields & CallFields;

/** The body of `POST /sessions`: fields at the top level or under `config`; the top level wins. */
export type CreateSessionBody = CreateSessionFields & { readonly config?: Given<CreateSessionFields> };

const path = text(4096);
const positive = z.number().positive();
/** A year. */
const maxTimeoutSeconds = 31_536_000;

const command = z.strictObject({ path: line(4096), args: z.array(text(131_072, 0)).max(1024).optional(), env: variables.optional() });

const agentFields = {
  agent_type: resourceName.nullish(),
  command: command.nullish(),
  model: line(256).nullish(),
  mode: line(256).nullish(),
  thought_level: line(256).nullish(),
  mcp_servers: mcpServersBody.nullish(),
  skills: jsonValue.optional(),
  cli_tools: z.array(line(256)).max(256).nullish(),
  name: line(256).nullish(),
  extra_options: jsonObject.nullish(),
};

const sessionFields = {
  cwd: path.nullish(),
  env: publicVariables.nullish(),
  secrets: variables.nullish(),
  workspace: resourceName.nullish(),
  permissions: permissionsField.nullish(),
  permission_timeout_s: z.number().min(1).max(maxTimeoutSeconds).nullish(),
  budget: jsonObject.nullish(),
};

const resources = z.strictObject({ cpu: positive.nullish(), memory_mib: positive.nullish(), gpu: line(64).nullish(), disk_gib: positive.nullish() });

const sandboxFields = {
  provider: resourceName.nullish(),
  dockerfile: path.nullish(),
  dockerfile_content: text(262_144).nullish(),
  image: line(512).nullish(),
  shared_mounts: z.array(path).max(64).nullish(),
  root: path.nullish(),
  pre_start_commands: z.array(text(65_536)).max(64).nullish(),
  volume_id: resourceName.nullish(),
  resources: resources.nullish(),
  network: z.union([z.enum(["none", "internal", "open"]), z.strictObject({ allow: z.array(line(256)).max(256) })], { error: "must be none, internal, open or {allow: [domain or CIDR]}" }).nullish(),
  no_reap: z.boolean().nullish(),
};

const callFields = { id: uuidField.nullish(), provision: z.boolean().nullish(), agent_id: uuidField.nullish() };

/** The fields without `config`, after {@link "./session-request.ts"} has merged the two levels. */
export const createSessionFields: z.ZodType<CreateSessionFields> = z
  .strictObject({ ...agentFields, ...sessionFields, ...sandboxFields, ...callFields })
  .meta({ id: "CreateSessionFields" });

/** The body as it is sent, for the API's description. */
export const createSessionBody: z.ZodType<CreateSessionBody> = z.strictObject({
  ...agentFields,
  ...sessionFields,
  ...sandboxFields,
  ...callFields,
  config: createSessionFields.nullish(),
}).meta({ id: "CreateSessionBody" });

/** Fields that say what an agent is: they cannot come with the id of one that exists. */
export const agentFieldNames: readonly string[] = Object.keys(agentFields);

/** The body of `POST /agents`: what an agent is, at the top level or under `config`; the top level wins. */
export type CreateAgentBody = AgentFields & { readonly config?: Given<AgentFields> };

/** The fields without `config`, after both levels were merged. */
export const createAgentFields: z.ZodType<AgentFields> = z.strictObject(agentFields);

/** The body as it is sent, for the API's description. */
export const createAgentBody: z.ZodType<CreateAgentBody> = z.strictObject({ ...agentFields, config: createAgentFields.nullish() }).meta({ id: "CreateAgentBody" });

/** Fields of `POST /sessions` that are no agent's, and whose they are. */
export const fieldOwners: ReadonlyMap<string, "call" | "sandbox" | "session"> = new Map([
  ...Object.keys(sessionFields).map((name) => [name, "session"] as const),
  ...Object.keys(sandboxFields).map((name) => [name, "sandbox"] as const),
  ...Object.keys(callFields).map((name) => [name, "call"] as const),
]);
