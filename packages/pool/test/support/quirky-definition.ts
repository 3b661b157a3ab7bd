import { fileURLToPath } from "node:url";
import type { AgentDefinition } from "@agent-sdk/agents";
import { isJsonObject } from "@agent-sdk/core";

const script = fileURLToPath(new URL("quirky-agent.mjs", import.meta.url));

/** The agent of `quirky-agent.mjs`. */
export const quirky: AgentDefinition = {
  id: "quirky",
  title: "An agent with habits",
  runtime: { kind: "none" },
  credentialNames: [],
  endpointNames: [],
  behaviour: {
    askingMode: "default",
    permissiveMode: "yolo",
    modes: ["default", "yolo"],
    settings: { model: { method: "session/set_model" }, mode: { method: "session/set_mode" }, thoughtLevel: null },
    forgetsSettings: true,
    loadsUnprompted: false,
    loadsOnlyInItsDirectory: false,
    loadsOnlyAfterItsMinute: false,
    repeatsAfterLoading: true,
    saysModeChanges: true,
    cancelWaitsForPermissions: false,
    loginErrorCodes: [401],
  },
  sandboxEnvironment: ({ env }) => env,
  launch: ({ paths, cwd }) => ({ command: paths.node, args: [script], env: {}, cwd, credentials: "none", files: [{ path: ".quirky/login.json", content: "given" }] }),
  turnSign({ _meta: meta }) {
    const quirkyMeta = isJsonObject(meta) ? meta["quirky"] : null;
    const status = isJsonObject(quirkyMeta) ? quirkyMeta["status"] : null;
    return status === "failed" ? "failed" : status === "active" ? "recovered" : null;
  },
};
