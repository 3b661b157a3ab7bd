import type { SupervisorEndpoint } from "./supervisor.ts";
import { AgentSdkError } from "./errors.ts";
import type { JsonObject } from "./json.ts";

/** How strongly a sandbox is separated from its host: not at all, as processes of its own, by kernel namespaces, by a container, by a virtual machine. */
export type IsolationLevel = "none" | "process" | "namespace" | "container" | "vm";

export type NetworkPolicy = "none" | "internal" | "open" | { readonly allow: readonly string[] };

export interface ResourceLimits {
  readonly cpu?: number | undefined;
  readonly memoryMib?: number | undefined;
  readonly diskGib?: number | undefined;
  readonly gpu?: string | undefined;
}

/** How a session's sandbox is built. Frozen when the session is made, so that a replacement equals the original. */
export interface SandboxRecipe {
  readonly provider: string;
  readonly image?: string | undefined;
  readonly dockerfile?: string | undefined;
  readonly dockerfileContent?: string | undefined;
  readonly sharedMounts?: readonly string[] | undefined;
  readonly root?: string | undefined;
  readonly preStartCommands?: readonly string[] | undefined;
  readonly resources?: ResourceLimits | undefined;
  readonly network?: NetworkPolicy | undefined;
  readonly noReap?: boolean | undefined;
}

/**
 * Where a session's compute stands. Every step is a row before the provider is asked:
 *
 * - `none`: there has never been any, or it is gone (hibernated, destroyed). Nothing is owed to the provider.
 * - `creating`: `sandboxId` was chosen and the provider may have made it. Whoever finds this destroys what bears the id and begins anew.
 * - `running`: `ref` and `endpoint` are valid as far as we know.
 * - `stopping`: it is being hibernated; whoever finds this completes the stop.
 * - `destroying`: it is being destroyed; whoever finds this completes that.
 */
export type SandboxPhase = "none" | "creating" | "running" | "stopping" | "destroying";

/** The agent process inside the sandbox: one run of one command, with a journal of its own. */
export interface AgentRun {
  readonly runId: string;
  /** False until the conversation is open in it; a run found unready belongs to an owner that died half-way and is ended. */
  readonly ready: boolean;
  /** The conversation could only be told to it as text, and its next prompt has to carry that text. */
  readonly contextPending: boolean;
}

export interface SandboxPaths {
  /** The session's working directory and the root of its file routes, as seen inside the sandbox. */
  readonly root: string;
  readonly home: string;
  /** Where agents' runtimes are found inside the sandbox. */
  readonly runtime: string;
  /** The Node executable inside the sandbox. */
  readonly node: string;
}

/** The whole `sandbox_state` of a session. */
export interface SandboxState {
  readonly recipe: SandboxRecipe;
  readonly phase: SandboxPhase;
  /** Our own name of the sandbox, chosen before it exists; also a label on it. Null in phase `none`. */
  readonly sandboxId: string | null;
  /** The provider's name of it, opaque to us. */
  readonly ref: string | null;
  readonly endpoint: SupervisorEndpoint | null;
  readonly paths: SandboxPaths | null;
  readonly isolation: IsolationLevel | null;
  readonly agent: AgentRun | null;
  /**
   * A ready agent left the row and its prompt, if it had one, has not been ended or announced to run again: it may have done its work. Whoever finds a running
   * prompt beside this treats it as lost.
   */
  readonly lossUnsettled?: boolean | undefined;
  /** Whether there has been a sandbox before: tells a hibernated session from a new one. */
  readonly hibernated: boolean;
  /** What only the provider understands, kept for it. */
  readonly providerData?: JsonObject | undefined;
}

const successors: Readonly<Record<SandboxPhase, readonly SandboxPhase[]>> = {
  none: ["creating"],
  creating: ["running", "destroying", "none"],
  running: ["running", "stopping", "destroying"],
  stopping: ["none", "destroying"],
  destroying: ["none"],
};

/** @throws AgentSdkError `conflict` when the phase cannot follow the other. */
export function assertPhaseMove(from: SandboxPhase, to: SandboxPhase): void {
  if (!successors[from].includes(to)) throw new AgentSdkError("conflict", `A sandbox that is ${from} cannot become ${to}.`);
}

/** The state of a session that has no compute. */
export function withoutSandbox(recipe: SandboxRecipe, options: { readonly hibernated: boolean }): SandboxState {
  return { recipe, phase: "none", sandboxId: null, ref: null, endpoint: null, paths: null, isolation: null, agent: null, hibernated: options.hibernated };
}
