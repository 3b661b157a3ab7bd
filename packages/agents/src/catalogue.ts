import { AgentSdkError, systemEnv, type RuntimeEnv } from "@agent-sdk/core";
import type { AgentDefinition } from "./definition.ts";
import { claude } from "./definitions/claude.ts";
import { codex } from "./definitions/codex.ts";
import { custom } from "./definitions/custom.ts";
import { demo } from "./definitions/demo.ts";
import { gemini } from "./definitions/gemini.ts";
import { openCode } from "./definitions/opencode.ts";
import { otherCredentialNames } from "./credential-names.ts";
import { describeAgentType, type AgentType } from "./agent-type.ts";
import { registryDefinition } from "./registry/registry-definition.ts";
import type { Registry } from "./registry/schema.ts";
import { registrySnapshot } from "./registry/snapshot.ts";
import { RuntimeInstaller, type EnsureOptions } from "./runtime/runtime-installer.ts";

export interface CatalogueOptions {
  /** An absolute path on the server's machine; made when it is missing. */
  readonly runtimeDirectory: string;
  /** The scripted agent's file. Without it there is no `demo`. */
  readonly demoAgentPath?: string | undefined;
  /** The agents of the ACP registry; built-in ones of the same id win. Defaults to the bundled snapshot. */
  readonly registry?: Registry | undefined;
  /** Further agents, which win over built-in ones of the same id. */
  readonly definitions?: readonly AgentDefinition[] | undefined;
  /** Defaults to this process's time and randomness. */
  readonly env?: RuntimeEnv | undefined;
  /** The environment that npm is run with. Defaults to this process's own; credentials of agents are taken out of it. */
  readonly npmEnv?: Readonly<Record<string, string | undefined>> | undefined;
  /** The Node that npm is looked for beside. Defaults to this process's own. */
  readonly nodePath?: string | undefined;
}

/** The agents that this server can run. */
export interface AgentCatalogue {
  /** @throws AgentSdkError `bad_request` that lists the known ones. */
  get(agentType: string): AgentDefinition;
  /** The same without an error: undefined for an unknown one. */
  find(agentType: string): AgentDefinition | undefined;
  /** All of them, by id. */
  list(): readonly AgentDefinition[];
  /** Variable names that hold credentials of some agent. In a session's `env` they are refused; they belong into `secrets`. */
  readonly credentialNames: ReadonlySet<string>;
  /** Variable names that say where agents' vendors are reached. Those of the server's environment go with its credentials. */
  readonly endpointNames: ReadonlySet<string>;
  /** What can be chosen, by id, with what is installed now. */
  describe(): Promise<readonly AgentType[]>;
  /**
   * Installs the agent's runtime unless it is there. Safe to call from everywhere at once, other processes included.
   * @throws AgentSdkError `bad_request` for an unknown agent, `unavailable` with what to do when npm or its registry cannot be used.
   */
  ensureRuntime(agentType: string, options?: EnsureOptions): Promise<void>;
}

function withoutNames(values: Readonly<Record<string, string | undefined>>, names: ReadonlySet<string>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).flatMap(([name, value]) => (value === undefined || names.has(name) ? [] : [[name, value]])));
}

function builtIn({ demoAgentPath, registry }: CatalogueOptions, { random }: RuntimeEnv): readonly AgentDefinition[] {
  const { agents } = registry ?? registrySnapshot;
  return [...agents.flatMap((agent) => registryDefinition(agent) ?? []), claude(), codex(), gemini(), openCode(random), ...(demoAgentPath === undefined ? [] : [demo(demoAgentPath)]), custom()];
}

/** The catalogue of this process. Reads and creates nothing until a runtime is ensured. */
export function createCatalogue(options: CatalogueOptions): AgentCatalogue {
  const env = options.env ?? systemEnv();
  const byId = new Map([...builtIn(options, env), ...(options.definitions ?? [])].map((definition) => [definition.id, definition]));
  const list = [...byId.values()].toSorted((left, right) => (left.id < right.id ? -1 : 1));
  const credentialNames = new Set([...otherCredentialNames, ...list.flatMap((definition) => definition.credentialNames)]);
  const installer = new RuntimeInstaller({
    runtimeDirectory: options.runtimeDirectory,
    env,
    npmEnv: withoutNames(options.npmEnv ?? process.env, credentialNames),
    nodePath: options.nodePath ?? process.execPath,
  });
  const get = (agentType: string): AgentDefinition => {
    const definition = byId.get(agentType);
    if (definition) return definition;
    throw new AgentSdkError("bad_request", `There is no agent type ${JSON.stringify(agentType)}. Known ones: ${[...byId.keys()].toSorted().join(", ")}.`);
  };
  const endpointNames = new Set(list.flatMap((definition) => definition.endpointNames));
  const describe = (): Promise<readonly AgentType[]> => Promise.all(list.map(async (definition) => describeAgentType(definition, await installer.isInstalled(definition))));
  return { get, find: (agentType) => byId.get(agentType), list: () => list, credentialNames, endpointNames, describe, ensureRuntime: (agentType, ensure) => installer.ensure(get(agentType), ensure) };
}
