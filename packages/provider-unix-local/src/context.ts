import type { RuntimeEnv, SupervisorTransport } from "@agent-sdk/core";
import type { Layout } from "./directories/layout.ts";
import type { Isolation } from "./isolation/isolation.ts";
import type { LocalVolumes } from "./volumes.ts";

/** What the provider's operations share. */
export interface Context {
  readonly env: RuntimeEnv;
  readonly transport: SupervisorTransport;
  readonly layout: Layout;
  readonly volumes: LocalVolumes;
  readonly runtimeDirectory: string;
  /** The Node that runs supervisors and agents, as an absolute path without links. */
  readonly node: string;
  /** @throws AgentSdkError `not_supported` when the wanted isolation cannot be had. */
  isolation(): Isolation;
}
