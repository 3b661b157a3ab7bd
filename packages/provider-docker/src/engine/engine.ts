import type { EngineAddress } from "./engine-address.ts";

/** What an engine is and can do, as far as it matters here. */
export interface EngineFacts {
  /** Of its HTTP interface, for instance [1, 45]. */
  readonly apiVersion: readonly [number, number];
  readonly cpus: number;
  /** The storage driver limits a container's own layer. */
  readonly limitsDisk: boolean;
  readonly hasGpu: boolean;
  /** A user inside of a container is the host's user of the same number: neither remapped nor rootless. */
  readonly sharesUsers: boolean;
  /** Containers may use only directories that bear their label (SELinux). */
  readonly labelsFiles: boolean;
}

export type ContainerState = "created" | "running" | "paused" | "restarting" | "removing" | "exited" | "dead";

export interface ContainerInfo {
  readonly id: string;
  readonly state: ContainerState;
  /** Of its first process, in the engine's own host; 0 when it does not run. */
  readonly pid: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly networks: readonly { readonly name: string; readonly address: string; readonly prefixLength: number }[];
  /** Where the engine's host passes the supervisor's port on from; null where it does not. */
  readonly published: { readonly host: string; readonly port: number } | null;
  readonly outOfMemory: boolean;
}

export interface ContainerSummary {
  readonly name: string;
  readonly state: ContainerState;
  readonly labels: Readonly<Record<string, string>>;
  readonly createdAt: Date;
}

export interface VolumeInfo {
  readonly name: string;
  readonly driver: string;
  /** Where it lies on the engine's host. */
  readonly mountpoint: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface NetworkInfo {
  readonly gateways: readonly string[];
}

export interface ImageInfo {
  readonly id: string;
  readonly env: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

export type Mount =
  /** A directory of the engine's host. `inVolume`: one below the engine's own directory, which it lets be mounted with other settings only. */
  | { readonly kind: "bind"; readonly source: string; readonly target: string; readonly inVolume?: boolean }
  /** A part of a volume; only for engines that know it. */
  | { readonly kind: "volume"; readonly volume: string; readonly subpath: string | null; readonly target: string };

/** A container to be made. What is not said here is the same for all of them: no capabilities, no new privileges, an init, bounded logs. */
export interface ContainerRequest {
  readonly image: string;
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly mounts: readonly Mount[];
  /** A network's name, or `none`. */
  readonly network: string;
  /** Asked for names outside of the container's own network; the engine's own choice where absent. */
  readonly nameServer?: string | undefined;
  /** Pass the supervisor's port on from a random one of this address. */
  readonly publishOn?: string | undefined;
  readonly cpus?: number | undefined;
  readonly memoryBytes?: number | undefined;
  readonly maxProcesses: number;
  readonly diskBytes?: number | undefined;
  readonly gpus?: string | undefined;
  /** The engine removes it as soon as it has ended. */
  readonly removeAtEnd?: boolean | undefined;
}

/** A container's standard streams, from before its start. */
export interface Attachment {
  /** The first line that it prints; null when it ends without one. */
  readonly firstLine: Promise<string | null>;
  /** The end of what it wrote to its standard error, bounded. */
  errors(): string;
  /** Writes all of its standard input and closes that. */
  handOver(input: string): void;
  /** Lets go of the streams; the container goes on. */
  close(): void;
}

export interface Progress {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((message: string) => void) | undefined;
}

export interface BuildRequest {
  readonly tag: string;
  /** The build's context on this machine; `.dockerignore` holds. */
  readonly directory: string;
  /** Relative to it. */
  readonly dockerfile: string;
  readonly buildArgs?: Readonly<Record<string, string>> | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly memoryBytes?: number | undefined;
}

/**
 * The calls of a Docker engine that this provider makes. Those that change something are never aborted half-way: their outcome would be unknown.
 * All throw AgentSdkError: `unavailable` when the engine does not answer, `not_found`, `conflict`, else `provider_failed` with its words.
 */
export interface Engine extends AsyncDisposable {
  readonly address: EngineAddress;
  facts(): Promise<EngineFacts>;

  /** @throws `conflict` when the name is taken. */
  createContainer(name: string, request: ContainerRequest): Promise<void>;
  attachContainer(name: string): Promise<Attachment>;
  startContainer(name: string): Promise<void>;
  /** SIGTERM, then SIGKILL. Resolves when it has stopped; stopped already is success. */
  stopContainer(name: string): Promise<void>;
  unpauseContainer(name: string): Promise<void>;
  /** Kills and removes it with its anonymous volumes. Resolves when it is gone; gone already is success. */
  removeContainer(name: string): Promise<void>;
  /** Null when it does not exist. */
  inspectContainer(name: string): Promise<ContainerInfo | null>;
  /** Those that bear all the labels; a label without a value with any. */
  listContainers(labels: readonly string[]): Promise<readonly ContainerSummary[]>;

  /** Idempotent by name. */
  createVolume(name: string, labels: Readonly<Record<string, string>>): Promise<VolumeInfo>;
  inspectVolume(name: string): Promise<VolumeInfo | null>;
  /** Gone already is success. @throws `conflict` while a container uses it. */
  removeVolume(name: string): Promise<void>;

  /** Makes it unless it exists. */
  ensureNetwork(name: string, options: { readonly internal: boolean; readonly separates: boolean }): Promise<void>;
  inspectNetwork(name: string): Promise<NetworkInfo | null>;

  inspectImage(reference: string): Promise<ImageInfo | null>;
  pullImage(reference: string, progress: Progress): Promise<void>;
  /** @throws `sandbox_failed` with the end of the build's output. */
  buildImage(request: BuildRequest, progress: Progress): Promise<void>;
}
