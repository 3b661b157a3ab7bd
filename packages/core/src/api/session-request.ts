import { AgentSdkError } from "../errors.ts";
import { isJsonObject } from "../json.ts";
import type { SandboxRecipe, ResourceLimits } from "../sandbox-state.ts";
import type { AgentConfig, SessionLimits, SessionSettings } from "../session.ts";
import { agentFieldNames, createSessionFields, type AgentFields, type CreateSessionFields, type ResourcesBody } from "./create-session.ts";
import { isUuid } from "./fields.ts";
import { toAcpMcpServers } from "./mcp-servers.ts";
import { parseBody, refuseFields } from "./parse.ts";
import { toPermissions } from "./permission-rules.ts";

/** A checked request for a session, in the domain's terms. */
export interface SessionRequest {
  readonly id: string | undefined;
  readonly agent: { readonly id: string } | { readonly config: AgentConfig };
  readonly settings: SessionSettings;
  readonly limits: SessionLimits;
  readonly recipe: SandboxRecipe;
  readonly volume: string | undefined;
  readonly provision: boolean;
}

const defaultAgentType = "claude";
const defaultProvider = "unix_local";

/** The top level over `config`. */
export function mergeLevels(body: unknown): unknown {
  if (!isJsonObject(body)) return body;
  const { config, ...top } = body;
  if (config === undefined || config === null) return top;
  if (!isJsonObject(config)) throw new AgentSdkError("bad_request", 'Field "config": must be an object.', { details: { field: "config" } });
  return { ...config, ...top };
}

/** What later versions do is refused here, in one place, and never ignored. */
function refuseUnsupported(fields: CreateSessionFields): void {
  const { budget } = fields;
  refuseFields({ budget });
}

/** What an agent is made with, by the fields of its own. @throws AgentSdkError `bad_request` naming the field, `not_supported` for what this version does not do */
export function agentConfig(fields: AgentFields): AgentConfig {
  const { skills, cli_tools, extra_options } = fields;
  refuseFields({ skills, cli_tools, extra_options });
  const agentType = fields.agent_type ?? defaultAgentType;
  const { command } = fields;
  if (agentType === "custom" && !command) throw new AgentSdkError("bad_request", 'Field "command": agent_type "custom" needs one.', { details: { field: "command" } });
  if (agentType !== "custom" && command) throw new AgentSdkError("bad_request", 'Field "command": only agent_type "custom" takes one.', { details: { field: "command" } });
  return {
    agentType,
    name: fields.name ?? null,
    model: fields.model ?? null,
    mode: fields.mode ?? null,
    thoughtLevel: fields.thought_level ?? null,
    command: command ? { path: command.path, args: command.args ?? [], env: command.env ?? {} } : null,
    mcpServers: toAcpMcpServers(fields.mcp_servers),
    skills: null,
    cliTools: [],
    extraOptions: {},
  };
}

function agentOf(fields: CreateSessionFields): SessionRequest["agent"] {
  const { agent_id: id } = fields;
  if (!id) return { config: agentConfig(fields) };
  const record = fields as Readonly<Record<string, unknown>>;
  const given = agentFieldNames.find((name) => record[name] !== undefined && record[name] !== null);
  if (given === undefined) return { id };
  throw new AgentSdkError("bad_request", `Field "${given}": belongs to the agent that agent_id names, and cannot be given with it.`, { details: { field: given } });
}

function resourceLimits(resources: ResourcesBody): ResourceLimits {
  return { cpu: resources.cpu ?? undefined, memoryMib: resources.memory_mib ?? undefined, diskGib: resources.disk_gib ?? undefined, gpu: resources.gpu ?? undefined };
}

function recipeOf(fields: CreateSessionFields, provider: string): SandboxRecipe {
  return {
    provider: fields.provider ?? provider,
    image: fields.image ?? undefined,
    dockerfile: fields.dockerfile ?? undefined,
    dockerfileContent: fields.dockerfile_content ?? undefined,
    sharedMounts: fields.shared_mounts ?? undefined,
    root: fields.root ?? undefined,
    preStartCommands: fields.pre_start_commands ?? undefined,
    resources: fields.resources ? resourceLimits(fields.resources) : undefined,
    network: fields.network ?? undefined,
    noReap: fields.no_reap ?? undefined,
  };
}

function settingsOf(fields: CreateSessionFields): SessionSettings {
  const permissions = toPermissions(fields.permissions);
  return { cwd: fields.cwd ?? null, workspace: fields.workspace?.toLowerCase() ?? null, env: fields.env ?? {}, secrets: fields.secrets ?? {}, permissions };
}

function limitsOf({ permission_timeout_s: seconds }: CreateSessionFields): SessionLimits {
  return { permissionTimeoutMs: seconds ? Math.round(seconds * 1000) : null };
}

function chosenId(fields: CreateSessionFields, header: string | undefined): string | undefined {
  if (header === undefined) return fields.id?.toLowerCase();
  if (!isUuid(header)) throw new AgentSdkError("bad_request", "Header X-Session-Id: must be a UUID.", { details: { field: "X-Session-Id" } });
  if (fields.id && fields.id.toLowerCase() !== header.toLowerCase()) throw new AgentSdkError("bad_request", 'Header X-Session-Id and field "id" differ.', { details: { field: "id" } });
  return header.toLowerCase();
}

/**
 * The body of `POST /sessions` in the domain's terms.
 * @param options.defaultProvider for a body that names none; `unix_local` unless it is given
 * @throws AgentSdkError `bad_request` naming the field, `not_supported` for what this version does not do.
 */
export function parseCreateSession(body: unknown, options: { readonly sessionIdHeader?: string | undefined; readonly defaultProvider?: string | undefined } = {}): SessionRequest {
  const fields = parseBody(createSessionFields, mergeLevels(body), { storable: true });
  refuseUnsupported(fields);
  return {
    id: chosenId(fields, options.sessionIdHeader),
    agent: agentOf(fields),
    settings: settingsOf(fields),
    limits: limitsOf(fields),
    recipe: recipeOf(fields, options.defaultProvider ?? defaultProvider),
    volume: fields.volume_id ?? undefined,
    provision: fields.provision ?? true,
  };
}
