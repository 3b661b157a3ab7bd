import { posix } from "node:path";
import type { AgentDefinition, AgentLaunchPlan, LaunchFile, LaunchRequest } from "../definition.ts";
import { environmentWithout } from "../environment.ts";
import { runtimePath } from "../runtime/layout.ts";
import { chooseCredential, credentialNamesOf, endpointOf, type CredentialRules } from "./credentials.ts";

const entry = "@google/gemini-cli/bundle/gemini.js";
const version = "0.61.0";

const rules: CredentialRules = {
  order: [
    ["api_key", "GEMINI_API_KEY"],
    ["GEMINI_API_KEY", "GEMINI_API_KEY"],
    ["GOOGLE_API_KEY", "GOOGLE_API_KEY"],
  ],
  endpoint: "GOOGLE_GEMINI_BASE_URL",
};

/** Its lowest layer of settings, below the user's own. */
const settings: LaunchFile = {
  path: ".agent-sdk/gemini-settings.json",
  content: `${JSON.stringify({ general: { enableAutoUpdate: false, enableAutoUpdateNotification: false }, privacy: { usageStatisticsEnabled: false }, telemetry: { enabled: false } })}\n`,
};

function launchEnv(request: LaunchRequest, credential: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const baseUrl = endpointOf(request, rules.endpoint);
  const { model } = request.config;
  return {
    // Otherwise it starts itself again with more memory, as a child that a signal to the parent does not reach.
    GEMINI_CLI_NO_RELAUNCH: "1",
    // The directory is the session's own; in an untrusted one it refuses its modes.
    GEMINI_CLI_TRUST_WORKSPACE: "true",
    GEMINI_CLI_SYSTEM_DEFAULTS_PATH: posix.join(request.paths.home, settings.path),
    ...(model === null ? {} : { GEMINI_MODEL: model }),
    ...(baseUrl === undefined ? {} : { [rules.endpoint]: baseUrl }),
    ...credential,
  };
}

function launch(request: LaunchRequest): AgentLaunchPlan {
  const { env, source } = chooseCredential(request, rules);
  const main = posix.join(request.paths.runtime, runtimePath("gemini", version), "node_modules", entry);
  return { command: request.paths.node, args: [main, "--acp"], env: launchEnv(request, env), cwd: request.cwd, credentials: source, files: [settings] };
}

/** Google's Gemini CLI, which speaks ACP itself. */
export function gemini(): AgentDefinition {
  const credentialNames = credentialNamesOf(rules);
  return {
    id: "gemini",
    title: "Gemini CLI",
    runtime: { kind: "npm", package: "@google/gemini-cli", version, entry },
    runtimeBytes: 100_000_000,
    credentialNames,
    endpointNames: [rules.endpoint],
    behaviour: {
      askingMode: "default",
      permissiveMode: "yolo",
      modes: ["default", "autoEdit", "yolo", "plan"],
      settings: { model: { method: "session/set_model" }, mode: { method: "session/set_mode" }, thoughtLevel: null },
      forgetsSettings: true,
      loadsUnprompted: false,
      loadsOnlyInItsDirectory: true,
      loadsOnlyAfterItsMinute: true,
      repeatsAfterLoading: true,
      saysModeChanges: true,
      cancelWaitsForPermissions: true,
      loginErrorCodes: [401],
    },
    sandboxEnvironment: (session) => environmentWithout(session, credentialNames),
    launch,
  };
}
