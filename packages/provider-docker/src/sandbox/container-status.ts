import type { SandboxStatus } from "@agent-sdk/core";
import type { ContainerState } from "../engine/engine.ts";

/** A container that is paused exists with all its processes and can be attached again, as a stopped one can. */
const statuses: Readonly<Record<ContainerState, SandboxStatus>> = {
  created: "transitional",
  restarting: "transitional",
  removing: "transitional",
  running: "running",
  paused: "stopped",
  exited: "stopped",
  dead: "stopped",
};

/** A state that this version does not know is `unknown`: neither a death nor a permission to destroy. */
export function statusOfContainer(state: ContainerState): SandboxStatus {
  return statuses[state] ?? "unknown";
}
