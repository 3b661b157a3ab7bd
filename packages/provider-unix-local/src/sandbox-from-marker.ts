import type { Sandbox, SupervisorEndpoint } from "@agent-sdk/core";
import type { Marker } from "./marker/marker.ts";

export function endpointOf(marker: Pick<Marker, "socketPath">, token: string): SupervisorEndpoint {
  return { url: "http://sandbox", socketPath: marker.socketPath, token };
}

/** What callers get of a sandbox. Its id is its ref. */
export function sandboxFrom(marker: Marker, options: { readonly token: string; readonly markerPath: string }): Sandbox {
  const { isolation, paths, labels } = marker;
  return { ref: labels.sandboxId, endpoint: endpointOf(marker, options.token), paths, isolation, markerPath: options.markerPath };
}
