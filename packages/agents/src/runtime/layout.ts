import { join } from "node:path";

/** Where a version of a runtime lies, relative to the runtime directory. One directory per version: an upgrade leaves running agents alone. */
export function runtimePath(id: string, version: string): string {
  return join(id, version);
}
