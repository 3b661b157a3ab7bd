import * as z from "zod";
import type { JsonObject } from "../json.ts";
import { line, text, variables } from "./fields.ts";

/** One MCP server by name: a process of the sandbox, or an address. */
export type McpServerBody =
  | { readonly type?: "local" | "stdio" | undefined; readonly command: string; readonly args?: readonly string[] | undefined; readonly env?: Readonly<Record<string, string>> | undefined }
  | { readonly type: "http" | "sse"; readonly url: string; readonly headers?: Readonly<Record<string, string>> | undefined };

/** Either a map of names, or ACP's own array. */
export type McpServersBody = Readonly<Record<string, McpServerBody>> | readonly JsonObject[];

const argument = text(32_768, 0);
const pair = z.strictObject({ name: line(256), value: text(32_768, 0) });
const url = z.url({ protocol: /^https?$/, error: "must be an http or https URL" }).max(4096);

const processServer = z.strictObject({
  type: z.enum(["local", "stdio"]).optional(),
  command: line(4096),
  args: z.array(argument).max(256).optional(),
  env: variables.optional(),
});

const addressServer = z.strictObject({ type: z.enum(["http", "sse"]), url, headers: z.record(line(256), text(32_768, 0)).optional() });

/** ACP's form (https://agentclientprotocol.com/protocol/session-setup); unknown members are passed on. */
const acpServer = z.union([
  z.looseObject({ name: line(256), command: line(4096), args: z.array(argument).max(256), env: z.array(pair).max(256) }),
  z.looseObject({ type: z.enum(["http", "sse"]), name: line(256), url, headers: z.array(pair).max(256) }),
]);

export const mcpServersBody: z.ZodType<McpServersBody> = z.union(
  [z.record(line(256), z.union([processServer, addressServer])), z.array(acpServer).max(64) as unknown as z.ZodType<readonly JsonObject[]>],
  { error: "must map names to {command, args?, env?} or {type: http|sse, url, headers?}, or be ACP's array of servers" },
);

function pairs(record: Readonly<Record<string, string>> | undefined): readonly JsonObject[] {
  return Object.entries(record ?? {}).map(([name, value]) => ({ name, value }));
}

function acpForm(name: string, server: McpServerBody): JsonObject {
  if ("url" in server) return { type: server.type, name, url: server.url, headers: pairs(server.headers) };
  return { name, command: server.command, args: server.args ?? [], env: pairs(server.env) };
}

/** Either form as ACP's array. */
export function toAcpMcpServers(servers: McpServersBody | null | undefined): readonly JsonObject[] {
  if (servers === null || servers === undefined) return [];
  if (Array.isArray(servers)) return servers as readonly JsonObject[];
  return Object.entries(servers as Readonly<Record<string, McpServerBody>>).map(([name, server]) => acpForm(name, server));
}
