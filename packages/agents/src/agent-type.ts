import type { AgentDefinition, AgentRuntime, SettingCarrier } from "./definition.ts";
import { fileRuntimeVersion } from "./runtime/file-runtime.ts";

/** How an agent comes to its sandbox. */
export type AgentTypeKind = "archive" | "command" | "file" | "npm" | "uvx";

/** One line of the catalogue, for whoever chooses an agent. */
export interface AgentType {
  readonly id: string;
  readonly title: string;
  readonly kind: AgentTypeKind;
  /** Null for a command of the caller's. */
  readonly version: string | null;
  /** Whether it could be started now without fetching anything. */
  readonly installed: boolean;
  /** Bytes that its runtime takes; null where that is not known. */
  readonly sizeBytes: number | null;
  readonly modes: readonly string[];
  /** The config option or method by which each setting is changed; null where it has none. */
  readonly settings: { readonly model: string | null; readonly mode: string | null; readonly thoughtLevel: string | null };
  /** Names under which a session's `secrets` may hold its credentials. */
  readonly credentialNames: readonly string[];
}

const kinds: Readonly<Record<AgentRuntime["kind"], AgentTypeKind>> = { none: "command", file: "file", npm: "npm", "npm-bin": "npm", archive: "archive", uvx: "uvx" };

function nameOf(carrier: SettingCarrier | null): string | null {
  return carrier === null ? null : carrier.method === "session/set_config_option" ? carrier.configId : carrier.method;
}

function versionOf(runtime: AgentRuntime): string | null {
  if (runtime.kind === "none") return null;
  return runtime.kind === "file" ? fileRuntimeVersion(runtime.source) : runtime.version;
}

export function describeAgentType({ id, title, runtime, runtimeBytes, behaviour, credentialNames }: AgentDefinition, installed: boolean): AgentType {
  const { model, mode, thoughtLevel } = behaviour.settings;
  return {
    id,
    title,
    kind: kinds[runtime.kind],
    version: versionOf(runtime),
    installed,
    sizeBytes: runtimeBytes ?? null,
    modes: behaviour.modes,
    settings: { model: nameOf(model), mode: nameOf(mode), thoughtLevel: nameOf(thoughtLevel) },
    credentialNames,
  };
}
