import { posix } from "node:path";
import type { AgentDefinition, AgentLaunchPlan, LaunchRequest } from "../definition.ts";
import { environmentWithout, given } from "../environment.ts";
import { runtimePath } from "../runtime/layout.ts";
import { chooseClaudeCredential, claudeCredentialNames } from "./claude-credentials.ts";

const entry = "@agentclientprotocol/claude-agent-acp/dist/index.js";
const version = "0.100.0";

/** The CLI's native program comes as an optional package for the platform; Linux has one for each C library. */
function nativePackages(platform: NodeJS.Platform, arch: string): readonly string[] {
  const name = `@anthropic-ai/claude-agent-sdk-${platform}-${arch}`;
  return platform === "linux" ? [name, `${name}-musl`] : [name];
}

function launchEnv(request: LaunchRequest, credential: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const sessions = { ...request.env, ...request.secrets };
  const baseUrl = given(sessions, "ANTHROPIC_BASE_URL") ?? given(request.serverCredentials, "ANTHROPIC_BASE_URL");
  return {
    // Without it the CLI looks up and calls hosts that have nothing to do with the conversation.
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
    ...(baseUrl === undefined ? {} : { ANTHROPIC_BASE_URL: baseUrl }),
    ...credential,
  };
}

function launch(request: LaunchRequest): AgentLaunchPlan {
  const { env, source } = chooseClaudeCredential(request);
  const main = posix.join(request.paths.runtime, runtimePath("claude", version), "node_modules", entry);
  return { command: request.paths.node, args: [main], env: launchEnv(request, env), cwd: request.cwd, credentials: source };
}

/** Claude Code by its ACP adapter, which brings the CLI. */
export function claude(): AgentDefinition {
  return {
    id: "claude",
    title: "Claude Code",
    runtime: { kind: "npm", package: "@agentclientprotocol/claude-agent-acp", version, entry, oneOf: nativePackages(process.platform, process.arch) },
    credentialNames: claudeCredentialNames,
    behaviour: {
      askingMode: "default",
      permissiveMode: "bypassPermissions",
      options: { model: "model", mode: "mode", thoughtLevel: "effort" },
      // It restores its mode, but neither model nor effort.
      forgetsSettings: true,
      loadsUnprompted: false,
      cancelWaitsForPermissions: false,
    },
    // As root the CLI accepts IS_SANDBOX only unset or as exactly 1; with anything else no session can be made.
    sandboxEnvironment: (session) => environmentWithout(session, [...claudeCredentialNames, ...invalidSandboxFlag({ ...session.env, ...session.secrets })]),
    launch,
  };
}

function invalidSandboxFlag(values: Readonly<Record<string, string>>): readonly string[] {
  return values["IS_SANDBOX"] === "1" ? [] : ["IS_SANDBOX"];
}
