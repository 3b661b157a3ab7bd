import { posix } from "node:path";
import type { AgentDefinition, AgentLaunchPlan, LaunchRequest } from "../definition.ts";
import { environmentWithout } from "../environment.ts";
import { runtimePath } from "../runtime/layout.ts";
import { chooseCredential, credentialNamesOf, endpointOf, type CredentialRules } from "./credentials.ts";

const entry = "@agentclientprotocol/claude-agent-acp/dist/index.js";
const version = "0.100.0";

const rules: CredentialRules = {
  order: [
    ["oauth_token", "CLAUDE_CODE_OAUTH_TOKEN"],
    ["CLAUDE_CODE_OAUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN"],
    ["ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_AUTH_TOKEN"],
    ["api_key", "ANTHROPIC_API_KEY"],
    ["ANTHROPIC_API_KEY", "ANTHROPIC_API_KEY"],
  ],
  endpoint: "ANTHROPIC_BASE_URL",
};

/** The CLI's native program comes as an optional package for the platform; Linux has one for each C library. */
function nativePackages(platform: NodeJS.Platform, arch: string): readonly string[] {
  const name = `@anthropic-ai/claude-agent-sdk-${platform}-${arch}`;
  return platform === "linux" ? [name, `${name}-musl`] : [name];
}

function launchEnv(request: LaunchRequest, credential: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const baseUrl = endpointOf(request, rules.endpoint);
  const { model } = request.config;
  return {
    // Without it the CLI looks up and calls hosts that have nothing to do with the conversation.
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
    // Here any id is taken as it is, another vendor's too; the config option takes only those that it lists.
    ...(model === null ? {} : { ANTHROPIC_MODEL: model }),
    ...(baseUrl === undefined ? {} : { ANTHROPIC_BASE_URL: baseUrl }),
    ...credential,
  };
}

function launch(request: LaunchRequest): AgentLaunchPlan {
  const { env, source } = chooseCredential(request, rules);
  const main = posix.join(request.paths.runtime, runtimePath("claude", version), "node_modules", entry);
  return { command: request.paths.node, args: [main], env: launchEnv(request, env), cwd: request.cwd, credentials: source, files: [] };
}

/** Claude Code by its ACP adapter, which brings the CLI. */
export function claude(): AgentDefinition {
  const credentialNames = credentialNamesOf(rules);
  return {
    id: "claude",
    title: "Claude Code",
    runtime: { kind: "npm", package: "@agentclientprotocol/claude-agent-acp", version, entry, oneOf: nativePackages(process.platform, process.arch) },
    runtimeBytes: 391_000_000,
    credentialNames,
    endpointNames: [rules.endpoint],
    behaviour: {
      askingMode: "default",
      permissiveMode: "bypassPermissions",
      modes: ["default", "acceptEdits", "plan", "auto", "bypassPermissions"],
      settings: {
        model: { method: "session/set_config_option", configId: "model" },
        mode: { method: "session/set_config_option", configId: "mode" },
        thoughtLevel: { method: "session/set_config_option", configId: "effort" },
      },
      // It restores its mode, but neither model nor effort.
      forgetsSettings: true,
      loadsUnprompted: false,
      loadsOnlyInItsDirectory: false,
      loadsOnlyAfterItsMinute: false,
      repeatsAfterLoading: false,
      saysModeChanges: false,
      cancelWaitsForPermissions: false,
      loginErrorCodes: [],
    },
    // As root the CLI accepts IS_SANDBOX only unset or as exactly 1; with anything else no session can be made.
    sandboxEnvironment: (session) => environmentWithout(session, [...credentialNames, ...invalidSandboxFlag({ ...session.env, ...session.secrets })]),
    launch,
  };
}

function invalidSandboxFlag(values: Readonly<Record<string, string>>): readonly string[] {
  return values["IS_SANDBOX"] === "1" ? [] : ["IS_SANDBOX"];
}
