import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Context } from "./context.ts";

const abandonedMs = 10 * 60_000;

async function isAbandoned(path: string, now: number): Promise<boolean> {
  try {
    return now - (await stat(path)).mtimeMs > abandonedMs;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}

/** Deletes what a crash left of directories that were not yet, or no longer, sandboxes or volumes. Nothing of them runs. */
export async function removeRefuse({ env, layout }: Context): Promise<void> {
  for (const folder of [layout.sandboxes, layout.volumes]) {
    for (const entry of await readdir(folder)) {
      const path = join(folder, entry);
      // What is gone is gone: whoever was deleting it does not mind help. What is being made may be another server's, and is given time.
      const refuse = entry.startsWith(".gone-") || (entry.startsWith(".making-") && (await isAbandoned(path, env.clock.now())));
      if (refuse) await rm(path, { recursive: true, force: true });
    }
  }
}
