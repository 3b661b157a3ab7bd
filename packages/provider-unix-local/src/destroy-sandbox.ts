import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Context } from "./context.ts";
import type { Marker } from "./marker/marker.ts";
import { endProcesses } from "./processes/end-processes.ts";

interface Doomed {
  readonly id: string;
  /** Null when it is missing or unreadable: the processes are found by their environment anyway. */
  readonly marker: Marker | null;
}

/**
 * Ends every process, then removes what lies on disk. The directory leaves its place by one rename at the very end: until then, after a crash
 * at any point, the sandbox is still listed and can be destroyed again.
 */
export async function destroySandbox(context: Context, { id, marker }: Doomed, options: { readonly signal?: AbortSignal | undefined } = {}): Promise<void> {
  const { env, layout } = context;
  await endProcesses(env, id, { supervisor: marker?.supervisor, ...options });
  if (marker?.socketDirectory) await rm(marker.socketDirectory, { recursive: true, force: true });
  const grave = join(layout.sandboxes, `.gone-${env.random.uuid()}`);
  try {
    await rename(layout.sandbox(id).directory, grave);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  await rm(grave, { recursive: true, force: true });
}
