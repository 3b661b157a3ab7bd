import { posix } from "node:path";
import type { JsonObject, RuntimeEnv } from "@agent-sdk/core";
import type { AgentDefinition, AgentLaunchPlan, LaunchFile, LaunchRequest } from "../definition.ts";
import { environmentWithout } from "../environment.ts";
import { runtimePath } from "../runtime/layout.ts";
import { mergeJson, readJsonVariable } from "./json-object.ts";
import { chooseVendorCredentials, openCodeCredentialNames, vendorBaseUrl, vendorOfModel, vendors } from "./opencode-vendors.ts";

const version = "1.18.33";
/** The native program comes as an optional package for the platform. Called directly: the package's own start script is made by its install script. */
const entry = `opencode-${process.platform}-${process.arch}/bin/opencode`;

function providers(request: LaunchRequest): JsonObject {
  const { model } = request.config;
  const named = vendorOfModel(model);
  const entries = vendors.flatMap((vendor) => {
    const baseURL = vendorBaseUrl(request, vendor);
    // Declared, so that an id that it does not list is taken as it is.
    const models = vendor === named && model !== null ? { [model.slice(vendor.id.length + 1)]: {} } : undefined;
    return baseURL === undefined && models === undefined ? [] : [[vendor.id, { ...(baseURL === undefined ? {} : { options: { baseURL } }), ...(models === undefined ? {} : { models }) }]];
  });
  return Object.fromEntries(entries) as JsonObject;
}

function configOf(request: LaunchRequest): JsonObject {
  const { model } = request.config;
  const own: JsonObject = { autoupdate: false, share: "disabled", provider: providers(request), ...(model === null ? {} : { model }) };
  return mergeJson(own, readJsonVariable({ ...request.env, ...request.secrets }, "OPENCODE_CONFIG_CONTENT"));
}

function launchEnv(request: LaunchRequest, password: string): Readonly<Record<string, string>> {
  return {
    OPENCODE_DISABLE_AUTOUPDATE: "1",
    OPENCODE_DISABLE_LSP_DOWNLOAD: "1",
    // The list of models that it brings is enough; looking for a newer one delays the start, or hangs without a network.
    OPENCODE_DISABLE_MODELS_FETCH: "1",
    // It listens on loopback, where others of this machine could command it.
    OPENCODE_SERVER_PASSWORD: password,
    // By itself it asks for nothing. What it asks is answered by the session's policy.
    OPENCODE_PERMISSION: JSON.stringify({ edit: "ask", bash: "ask" }),
    OPENCODE_CONFIG_CONTENT: JSON.stringify(configOf(request)),
  };
}

/** With these it takes the package for plugins as installed, which it otherwise fetches by npm at every start in a new HOME (21 MB). */
const noPlugins: readonly LaunchFile[] = [
  { path: ".config/opencode/package-lock.json", content: `${JSON.stringify({ packages: { "": { dependencies: { "@opencode-ai/plugin": version } } } })}\n` },
  { path: ".config/opencode/node_modules/.keep", content: "" },
];

function launch(request: LaunchRequest, password: string): AgentLaunchPlan {
  const { env, source } = chooseVendorCredentials(request);
  const main = posix.join(request.paths.runtime, runtimePath("opencode", version), "node_modules", entry);
  return { command: main, args: ["acp"], env: { ...launchEnv(request, password), ...env }, cwd: request.cwd, credentials: source, files: noPlugins };
}

/** OpenCode, which speaks ACP itself. */
export function openCode(random: RuntimeEnv["random"]): AgentDefinition {
  return {
    id: "opencode",
    title: "OpenCode",
    runtime: { kind: "npm", package: "opencode-ai", version, entry },
    runtimeBytes: 354_000_000,
    credentialNames: openCodeCredentialNames,
    endpointNames: vendors.map(({ endpoint }) => endpoint),
    behaviour: {
      askingMode: "build",
      permissiveMode: null,
      modes: ["build", "plan"],
      settings: {
        model: { method: "session/set_config_option", configId: "model" },
        mode: { method: "session/set_config_option", configId: "mode" },
        thoughtLevel: { method: "session/set_config_option", configId: "effort" },
      },
      forgetsSettings: true,
      loadsUnprompted: true,
      // It stays in the directory that the conversation was begun in, and fails at prompts when that is gone.
      loadsOnlyInItsDirectory: true,
      loadsOnlyAfterItsMinute: false,
      repeatsAfterLoading: false,
      saysModeChanges: false,
      cancelWaitsForPermissions: false,
      loginErrorCodes: [],
    },
    sandboxEnvironment: (session) => environmentWithout(session, openCodeCredentialNames),
    launch: (request) => launch(request, random.token(24)),
  };
}
