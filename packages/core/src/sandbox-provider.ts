import type { IsolationLevel, SandboxPaths, SandboxRecipe } from "./sandbox-state.ts";
import type { FileOperations, SupervisorEndpoint } from "./supervisor.ts";

/** What a backend can do, as data. Contract suites skip by it, callers are refused by it, nothing is imitated. */
export interface ProviderCapabilities {
  /** The strongest isolation that it offers in its present configuration. */
  readonly isolation: IsolationLevel;
  /** Two sandboxes may use one HOME at the same time. */
  readonly sharedWorkspace: boolean;
  /** A stopped sandbox can be started again with its disk. Without it `stop` is refused with `not_supported`. */
  readonly stop: boolean;
  readonly pause: boolean;
  readonly snapshot: boolean;
  readonly images: boolean;
  /** Which of the recipe's resources are enforced. */
  readonly resources: readonly ("cpu" | "memory" | "disk" | "gpu")[];
  /** Which of the recipe's network policies are enforced. */
  readonly networkPolicies: readonly ("none" | "internal" | "allow" | "open")[];
  /** Volumes' files can be used without a sandbox. */
  readonly volumeFiles: boolean;
  /** Sandboxes bring the agents' programs along, in their image: nothing is installed on the server for them. */
  readonly includesAgents?: boolean | undefined;
}

/** Labels that every sandbox bears from the call that creates it. A sweep finds what is lost by them and touches nothing of other origins. */
export interface SandboxLabels {
  /** Which deployment made it. */
  readonly origin: string;
  readonly sandboxId: string;
  readonly sessionId: string;
}

export interface SandboxSpec {
  readonly labels: SandboxLabels;
  readonly recipe: SandboxRecipe;
  /** The volume that HOME lives on, and where on it. The directory is made when it is missing. */
  readonly home: { readonly volumeRef: string; readonly subpath: string };
  /** The working directory relative to HOME, or absolute; made when it is missing. */
  readonly cwd: string | null;
  /** The sandbox's start-up environment, secrets included. Never logged, never in process arguments. */
  readonly env: Readonly<Record<string, string>>;
  /** The token that the supervisor asks of its callers. */
  readonly supervisorToken: string;
}

export interface Sandbox {
  /** The provider's own name of it: opaque, and enough for `attach`, `status`, `stop` and `destroy` in another process. */
  readonly ref: string;
  readonly endpoint: SupervisorEndpoint;
  readonly paths: SandboxPaths;
  readonly isolation: IsolationLevel;
  /** unix_local only: the file that marks the sandbox's processes. */
  readonly markerPath?: string | undefined;
}

/**
 * `running`: its processes exist. `stopped`: it exists and can be attached. `missing`: it is confirmed gone. `transitional`: on its way somewhere,
 * ask again. `unknown`: the backend did not tell; neither a death nor a permission to destroy.
 */
export type SandboxStatus = "running" | "stopped" | "missing" | "transitional" | "unknown";

export interface SandboxSummary {
  readonly ref: string;
  readonly labels: SandboxLabels;
  readonly status: SandboxStatus;
  readonly createdAt: Date;
}

interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

/** What can be said of a creation besides what is to be made. */
export interface CreateOptions extends CallOptions {
  /** Called with a sentence for a person at each step of what may take long: an image that is fetched or built. */
  readonly onProgress?: ((message: string) => void) | undefined;
}

/** Durable storage of one backend. A `ref` is opaque. */
export interface VolumeProvider {
  /** Resolves when the volume can be used. Idempotent by name. */
  create(name: string, options?: CallOptions): Promise<{ readonly ref: string }>;
  /** Deletes it with its contents. Idempotent. */
  destroy(ref: string, options?: CallOptions): Promise<void>;
  exists(ref: string, options?: CallOptions): Promise<boolean>;
  /** The volume's files, without a sandbox. @throws `not_supported` without the capability `volumeFiles`. */
  files(ref: string): FileOperations;
}

/**
 * One sandbox backend. It knows nothing of sessions, agents or prompts.
 *
 * Errors: `bad_request` or `not_supported` from `validate`, before anything is made; `provider_failed` with the backend's own words; `not_found`
 * from `attach`; `unavailable` where the backend cannot be reached.
 */
export interface SandboxProvider extends AsyncDisposable {
  readonly name: string;
  readonly capabilities: ProviderCapabilities;
  /** Refuses a recipe that cannot be honoured in full. Creates nothing. */
  validate(recipe: SandboxRecipe): void;
  /**
   * Makes a sandbox and waits until its supervisor answers. When it fails or is aborted, it removes what it made before it rejects; what a
   * crash leaves bears the labels and is found by `list`.
   */
  create(spec: SandboxSpec, options?: CreateOptions): Promise<Sandbox>;
  /**
   * The running sandbox `ref` with its present endpoint; a stopped one is started. `endpoint` is the last known one, whose token it reuses.
   * @throws AgentSdkError `not_found` when it is confirmed gone.
   */
  attach(ref: string, options: CallOptions & { readonly supervisorToken: string }): Promise<Sandbox>;
  status(ref: string, options?: CallOptions): Promise<SandboxStatus>;
  /** Stops the compute and keeps the disk. Resolves when no process of it runs. Idempotent. */
  stop(ref: string, options?: CallOptions): Promise<void>;
  /** Ends every process of it and removes it; its volumes stay. Resolves when it is gone. Idempotent: gone already is success. */
  destroy(ref: string, options?: CallOptions): Promise<void>;
  /** Every sandbox that bears all the given labels, also half-made ones. */
  list(labels: Partial<SandboxLabels> & Pick<SandboxLabels, "origin">, options?: CallOptions): AsyncIterable<SandboxSummary>;
  readonly volumes: VolumeProvider;
}
