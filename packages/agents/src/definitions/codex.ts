import { posix } from "node:path";
import type { JsonObject } from "@agent-sdk/core";
import type { AgentDefinition, AgentLaunchPlan, LaunchRequest } from "../definition.ts";
import { environmentWithout } from "../environment.ts";
import { runtimePath } from "../runtime/layout.ts";
import { chooseCredential, credentialNamesOf, endpointOf, type ChosenCredential, type CredentialRules } from "./credentials.ts";
import { mergeJson, readJsonVariable } from "./json-object.ts";

const entry = "@agentclientprotocol/codex-acp/dist/index.js";
const version = "2.6.0";
const keyVariable = "OPENAI_API_KEY";

const rules: CredentialRules = {
  order: [
    ["api_key", keyVariable],
    ["CODEX_API_KEY", keyVariable],
    ["OPENAI_API_KEY", keyVariable],
  ],
  endpoint: "OPENAI_BASE_URL",
};

/** The id under which rollouts remember the provider: never changed, or older conversations are not found again. */
const providerId = "agent_sdk";

const safeDefaults: JsonObject = {
  analytics: { enabled: false },
  check_for_update_on_startup: false,
  feedback: { enabled: false },
  features: { plugins: false },
  // The key is the agent's, not its commands'.
  shell_environment_policy: { exclude: [keyVariable] },
};

/**
 * A provider of our own instead of the built-in one: it reads the key from the environment, where the built-in one would write it to a file,
 * it takes another address, and it does not look for the vendor before the first prompt (15 s without a network).
 */
function provider(baseUrl: string | undefined): JsonObject {
  return {
    model_provider: providerId,
    model_providers: { [providerId]: { name: "OpenAI", base_url: baseUrl ?? "https://api.openai.com/v1", env_key: keyVariable, wire_api: "responses" } },
  };
}

function configOf(request: LaunchRequest): JsonObject {
  const { model } = request.config;
  const own = mergeJson(safeDefaults, { ...provider(endpointOf(request, rules.endpoint)), ...(model === null ? {} : { model }) });
  return mergeJson(own, readJsonVariable({ ...request.env, ...request.secrets }, "CODEX_CONFIG"));
}

function launchEnv(request: LaunchRequest, credential: ChosenCredential): Readonly<Record<string, string>> {
  return {
    NO_BROWSER: "1",
    // Its mode `agent` does not ask, and its own sandbox cannot be set up within ours: where nothing has to be asked, ours is the one that counts.
    INITIAL_AGENT_MODE: request.asks ? "read-only" : "agent-full-access",
    CODEX_CONFIG: JSON.stringify(configOf(request)),
    ...credential.env,
  };
}

function launch(request: LaunchRequest): AgentLaunchPlan {
  const credential = chooseCredential(request, rules);
  const main = posix.join(request.paths.runtime, runtimePath("codex", version), "node_modules", entry);
  return { command: request.paths.node, args: [main], env: launchEnv(request, credential), cwd: request.cwd, credentials: credential.source };
}

/** Codex by its ACP adapter, which brings the native program. */
export function codex(): AgentDefinition {
  const credentialNames = [...credentialNamesOf(rules), "CODEX_AUTH_JSON"];
  return {
    id: "codex",
    title: "Codex",
    runtime: { kind: "npm", package: "@agentclientprotocol/codex-acp", version, entry, oneOf: [`@openai/codex-${process.platform}-${process.arch}`] },
    credentialNames,
    endpointNames: [rules.endpoint],
    behaviour: {
      askingMode: "read-only",
      permissiveMode: "agent-full-access",
      modes: ["read-only", "workspace-write", "agent", "agent-full-access"],
      settings: {
        model: { method: "session/set_config_option", configId: "model" },
        mode: { method: "session/set_config_option", configId: "mode" },
        thoughtLevel: { method: "session/set_config_option", configId: "reasoning_effort" },
      },
      forgetsSettings: true,
      loadsUnprompted: false,
      loadsOnlyInItsDirectory: false,
      loadsOnlyAfterItsMinute: false,
      cancelWaitsForPermissions: false,
    },
    sandboxEnvironment: (session) => environmentWithout(session, credentialNames),
    launch,
  };
}
