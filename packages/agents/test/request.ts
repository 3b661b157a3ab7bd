import type { AgentConfig } from "@agent-sdk/core";
import type { LaunchRequest } from "../src/index.ts";

const config: AgentConfig = { agentType: "any", name: null, model: null, mode: null, thoughtLevel: null, command: null, mcpServers: [], skills: null, cliTools: [], extraOptions: {} };

/** What a definition is launched with: a session of its own settings, on a server without credentials. */
export function launchRequest(values: Partial<LaunchRequest> & { readonly model?: string } = {}): LaunchRequest {
  const { model = null, ...rest } = values;
  const paths = { root: "/home/agent", home: "/home/agent", runtime: "/runtimes", node: "/usr/bin/node" };
  return { config: { ...config, model }, paths, cwd: "/home/agent/work", env: {}, secrets: {}, serverCredentials: {}, asks: false, ...rest };
}
