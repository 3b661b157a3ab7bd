import { posix } from "node:path";
import { isJsonObject, type JsonObject } from "@agent-sdk/core";
import type { AgentDefinition, AgentLaunchPlan, LaunchFile, LaunchRequest, TurnSign } from "../definition.ts";
import { environmentWithout } from "../environment.ts";
import { runtimePath } from "../runtime/layout.ts";
import { codexCredentialNames, codexRules as rules, keyVariable, loginOf } from "./codex-credentials.ts";
import { chooseCredential, endpointOf, type ChosenCredential } from "./credentials.ts";
import { mergeJson, readJsonVariable } from "./json-object.ts";

const entry = "@agentclientprotocol/codex-acp/dist/index.js";
const version = "2.6.0";
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

/** How Codex comes by its access: the key in the environment, the login in its HOME, or neither. */
type Access = "key" | "login" | "none";

const accessFields: Readonly<Record<Access, JsonObject>> = { key: { env_key: keyVariable }, login: { requires_openai_auth: true }, none: {} };

/**
 * With a key, a provider of our own instead of the built-in one: it reads the key from the environment, where the built-in one would write it to a file, and it
 * does not look for the vendor before the first prompt (15 s without a network). Otherwise one is needed only for another address; without anything the
 * built-in one asks for a login.
 */
function provider(baseUrl: string | undefined, access: Access): JsonObject {
  if (access !== "key" && baseUrl === undefined) return {};
  return {
    model_provider: providerId,
    model_providers: { [providerId]: { name: "OpenAI", base_url: baseUrl ?? "https://api.openai.com/v1", wire_api: "responses", ...accessFields[access] } },
  };
}

function configOf(request: LaunchRequest, access: Access): JsonObject {
  const { model } = request.config;
  const own = mergeJson(safeDefaults, { ...provider(endpointOf(request, rules.endpoint), access), ...(model === null ? {} : { model }) });
  return mergeJson(own, readJsonVariable({ ...request.env, ...request.secrets }, "CODEX_CONFIG"));
}

function launchEnv(request: LaunchRequest, access: Access): Readonly<Record<string, string>> {
  return {
    NO_BROWSER: "1",
    // Its mode `agent` does not ask, and its own sandbox cannot be set up within ours: where nothing has to be asked, ours is the one that counts.
    INITIAL_AGENT_MODE: request.asks ? "read-only" : "agent-full-access",
    CODEX_CONFIG: JSON.stringify(configOf(request, access)),
  };
}

function launch(request: LaunchRequest): AgentLaunchPlan {
  const login = loginOf(request);
  const credential: ChosenCredential = login ? { source: login.source, env: {} } : chooseCredential(request, rules);
  const files: readonly LaunchFile[] = login ? [{ path: ".codex/auth.json", content: login.text }] : [];
  const main = posix.join(request.paths.runtime, runtimePath("codex", version), "node_modules", entry);
  const access: Access = login ? "login" : credential.source === "none" ? "none" : "key";
  const env = { ...launchEnv(request, access), ...credential.env };
  return { command: request.paths.node, args: [main], env, cwd: request.cwd, credentials: credential.source, files };
}

/** It ends a turn whose model failed as if it were done; this status is how it says so. */
function turnSign(update: JsonObject): TurnSign | null {
  const { _meta: meta } = update;
  const codexMeta = isJsonObject(meta) ? meta["codex"] : null;
  const status = isJsonObject(codexMeta) ? codexMeta["threadStatus"] : null;
  if (!isJsonObject(status)) return null;
  return status["type"] === "systemError" ? "failed" : status["type"] === "active" ? "recovered" : null;
}

/** Codex by its ACP adapter, which brings the native program. */
export function codex(): AgentDefinition {
  return {
    id: "codex",
    title: "Codex",
    runtime: { kind: "npm", package: "@agentclientprotocol/codex-acp", version, entry, oneOf: [`@openai/codex-${process.platform}-${process.arch}`] },
    runtimeBytes: 457_000_000,
    credentialNames: codexCredentialNames,
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
      repeatsAfterLoading: false,
      saysModeChanges: false,
      cancelWaitsForPermissions: false,
      loginErrorCodes: [],
    },
    sandboxEnvironment: (session) => environmentWithout(session, codexCredentialNames),
    launch,
    turnSign,
  };
}
