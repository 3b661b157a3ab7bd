import type { CreateSessionFields } from "@agent-sdk/core/api";

function isFilled(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length > 0;
}

/** MCP servers are authenticated to by their headers or variables: there is nothing else to put a credential into. */
function mcpServersBearCredentials(servers: CreateSessionFields["mcp_servers"]): boolean {
  return Object.values(servers ?? {}).some((server: Readonly<Record<string, unknown>>) => isFilled(server["headers"]) || isFilled(server["env"]));
}

/** True when a body holds what must not travel in the clear: secrets, a command's variables, or what MCP servers are authenticated to with. */
export function bearsCredentials({ command, secrets, mcp_servers: servers }: Pick<CreateSessionFields, "command" | "mcp_servers" | "secrets">): boolean {
  return isFilled(secrets) || isFilled(command?.env) || mcpServersBearCredentials(servers);
}
