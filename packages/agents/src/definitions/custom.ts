import { AgentSdkError } from "@agent-sdk/core";
import type { AgentDefinition } from "../definition.ts";
import { environmentWithout } from "../environment.ts";

/** Any ACP agent that can be started by a command inside the sandbox. Its credentials are whatever the session's secrets hold. */
export function custom(): AgentDefinition {
  return {
    id: "custom",
    title: "A command of your own",
    runtime: { kind: "none" },
    credentialNames: [],
    endpointNames: [],
    behaviour: {
      askingMode: null,
      permissiveMode: null,
      modes: [],
      settings: {
        model: { method: "session/set_config_option", configId: "model" },
        mode: { method: "session/set_config_option", configId: "mode" },
        thoughtLevel: { method: "session/set_config_option", configId: "thought_level" },
      },
      forgetsSettings: true,
      loadsUnprompted: false,
      loadsOnlyInItsDirectory: false,
      loadsOnlyAfterItsMinute: false,
      repeatsAfterLoading: false,
      saysModeChanges: false,
      cancelWaitsForPermissions: true,
      loginErrorCodes: [],
    },
    sandboxEnvironment: (session) => environmentWithout(session, []),
    launch({ config, cwd, secrets }) {
      const { command } = config;
      if (command === null || command.path === "") throw new AgentSdkError("bad_request", "An agent of type custom needs a command: {path, args, env}.");
      const source = Object.keys(secrets).length === 0 ? "none" : "session";
      return { command: command.path, args: command.args, env: command.env, cwd, credentials: source, files: [] };
    },
  };
}
