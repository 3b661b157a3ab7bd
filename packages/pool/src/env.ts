import type { AgentCatalogue } from "@agent-sdk/agents";
import type { Notifications, PermissionPolicy, RuntimeEnv, SandboxProvider, Store, SupervisorTransport } from "@agent-sdk/core";

/** Everything that a pool touches outside its own memory. One per process; a simulation makes one per simulated process. */
export interface PoolEnv extends RuntimeEnv {
  readonly store: Store;
  readonly notifications: Notifications;
  /** By the provider's name. */
  readonly providers: ReadonlyMap<string, SandboxProvider>;
  readonly supervisors: SupervisorTransport;
  readonly catalogue: AgentCatalogue;
}

/** Settings of a pool. All times in milliseconds. */
export interface PoolOptions {
  /** Label of everything that this deployment creates. Two deployments on one backend must differ in it. */
  readonly origin: string;
  /** Where other replicas and people find this one; for information. */
  readonly replicaUrl: string | null;
  /** The store belongs to this process alone (an embedded database): what earlier processes held is free at once. */
  readonly soleReplica: boolean;
  /** Without a heartbeat for so long, a replica's sessions may be taken over. */
  readonly leaseTtlMs: number;
  readonly heartbeatMs: number;
  /** How often to look for sessions that need an owner. */
  readonly scanMs: number;
  /** A sandbox that did nothing for so long is hibernated. */
  readonly reaperIdleMs: number;
  readonly reaperIntervalMs: number;
  /** How long a cancelled agent may take to end its turn before its process is ended. */
  readonly cancelGraceMs: number;
  /** How long a sandbox that does not answer is given before it is replaced. */
  readonly unreachableMs: number;
  /** Bound of an agent's start: initialize, and opening the conversation. */
  readonly agentStartMs: number;
  readonly sweepIntervalMs: number;
  /** The sweep spares what is younger. */
  readonly sweepGraceMs: number;
  /** Sessions driven at a time by this replica; more wait. */
  readonly maxSessions: number;
  /** Events of one session that may wait for their commit before reading from its sandbox pauses, in bytes of text. */
  readonly maxUncommittedBytes: number;
  /** What holds for sessions that say nothing about permissions; null: by the isolation of their sandboxes. */
  readonly defaultPermissions: PermissionPolicy | null;
  /** How long an agent's question may stay unanswered where its session does not say; null: without end. */
  readonly permissionTimeoutMs: number | null;
  /** The server's own model credentials, by variable name; the catalogue decides what an agent sees of them. */
  readonly serverCredentials: Readonly<Record<string, string>>;
}

export const defaultPoolOptions: PoolOptions = {
  origin: "local",
  replicaUrl: null,
  soleReplica: false,
  leaseTtlMs: 3000,
  heartbeatMs: 750,
  scanMs: 500,
  reaperIdleMs: 180_000,
  reaperIntervalMs: 60_000,
  cancelGraceMs: 5000,
  unreachableMs: 3000,
  agentStartMs: 120_000,
  sweepIntervalMs: 300_000,
  sweepGraceMs: 60_000,
  maxSessions: 2000,
  maxUncommittedBytes: 8 * 1024 * 1024,
  defaultPermissions: null,
  permissionTimeoutMs: null,
  serverCredentials: {},
};
