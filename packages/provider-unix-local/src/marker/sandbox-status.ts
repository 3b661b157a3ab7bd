import type { SandboxStatus } from "@agent-sdk/core";
import { isAlive } from "../processes/process-table.ts";
import type { Marker } from "./marker.ts";

/**
 * What a marker says today. An unfinished sandbox is on its way as long as its creator lives; one whose supervisor has ended cannot be
 * started again (this provider has no `stop`), so it is gone, though its directory, and at process level some of its processes, may be left for `destroy`.
 */
export function statusOf(marker: Marker): SandboxStatus {
  if (marker.phase === "ready") return marker.supervisor !== null && isAlive(marker.supervisor) ? "running" : "missing";
  return isAlive(marker.creator) ? "transitional" : "missing";
}
