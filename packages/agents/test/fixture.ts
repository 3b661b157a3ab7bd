import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createCatalogue, type AgentCatalogue, type AgentDefinition } from "../src/index.ts";

const behaviour: AgentDefinition["behaviour"] = {
  askingMode: null,
  permissiveMode: null,
  modes: [],
  settings: { model: null, mode: null, thoughtLevel: null },
  forgetsSettings: false,
  loadsUnprompted: true,
  loadsOnlyInItsDirectory: false,
  loadsOnlyAfterItsMinute: false,
  repeatsAfterLoading: false,
  saysModeChanges: false,
  cancelWaitsForPermissions: false,
  loginErrorCodes: [],
};

/** An agent that is one package of the test's registry. */
export function packageAgent(oneOf?: readonly string[]): AgentDefinition {
  return {
    id: "packaged",
    title: "Packaged agent",
    runtime: { kind: "npm", package: "packaged-agent", version: "1.2.3", entry: "packaged-agent/index.js", oneOf },
    credentialNames: ["PACKAGED_KEY"],
    endpointNames: [],
    behaviour,
    sandboxEnvironment: () => ({}),
    launch: ({ cwd, paths }) => ({ command: paths.node, args: [], env: {}, cwd, credentials: "none", files: [] }),
  };
}

/** A catalogue whose npm uses only the given registry, and has its cache beside. */
export function catalogueFor(directory: string, registry: string, definition: AgentDefinition = packageAgent()): AgentCatalogue {
  const npmEnv = { PATH: process.env["PATH"], HOME: directory, npm_config_registry: registry, npm_config_cache: join(directory, "cache"), npm_config_fetch_retries: "0" };
  return createCatalogue({ runtimeDirectory: join(directory, "runtimes"), definitions: [definition], npmEnv });
}

export async function temporaryDirectory(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "agents-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
