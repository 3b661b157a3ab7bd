import { basename, posix } from "node:path";
import type { AgentDefinition } from "../definition.ts";
import { environmentWithout } from "../environment.ts";
import { runtimePath } from "../runtime/layout.ts";
import { fileRuntimeVersion } from "../runtime/file-runtime.ts";

/** A scripted agent of one JavaScript file, for demonstrations and tests: it needs no model and no credential. */
export function demo(scriptPath: string): AgentDefinition {
  return {
    id: "demo",
    title: "Scripted demonstration agent",
    runtime: { kind: "file", source: scriptPath },
    credentialNames: [],
    endpointNames: [],
    behaviour: {
      askingMode: "default",
      permissiveMode: null,
      modes: ["default", "careful"],
      settings: {
        model: { method: "session/set_config_option", configId: "model" },
        mode: { method: "session/set_config_option", configId: "mode" },
        thoughtLevel: null,
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
    sandboxEnvironment: (session) => environmentWithout(session, []),
    launch({ paths, cwd }) {
      const script = posix.join(paths.runtime, runtimePath("demo", fileRuntimeVersion(scriptPath)), basename(scriptPath));
      return { command: paths.node, args: [script], env: {}, cwd, credentials: "none", files: [] };
    },
  };
}
