import { chown, mkdir, readdir, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { AgentSdkError, type RuntimeEnv } from "@agent-sdk/core";
import { insideUser } from "../engine/container-body.ts";
import type { Engine } from "../engine/engine.ts";
import { socketLabel } from "./labels.ts";
import type { Reach } from "./reach.ts";

/** What is younger may belong to a container that is about to be made. */
const refuseAgeMs = 10 * 60_000;

/**
 * The directory of one sandbox's socket, which the sandbox's user may write; those above it are the server's alone.
 * @throws AgentSdkError `conflict` when there is one already.
 */
export async function makeSocketDirectory(reach: Reach): Promise<void> {
  if (reach.kind !== "socket") return;
  try {
    await mkdir(reach.directory, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") throw new AgentSdkError("conflict", "There is a sandbox of that id already.", { cause: error });
    throw error;
  }
  if (process.getuid?.() === 0) await chown(reach.directory, insideUser.uid, insideUser.gid);
}

/** Idempotent. Follows no link that a sandbox left in it. */
export async function removeSocketDirectory(reach: Reach): Promise<void> {
  if (reach.kind === "socket") await rm(reach.directory, { recursive: true, force: true });
}

/** Removes directories that a crash left: old ones that belong to no container. */
export async function removeUnusedSocketDirectories(engine: Engine, env: RuntimeEnv, base: string): Promise<void> {
  const old: string[] = [];
  for (const entry of await readdir(base)) {
    const path = join(base, entry);
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Infinity }));
    if (env.clock.now() - mtimeMs > refuseAgeMs) old.push(path);
  }
  if (old.length === 0) return;
  const used = new Set((await engine.listContainers([socketLabel])).map(({ labels }) => labels[socketLabel]));
  for (const path of old) if (!used.has(basename(path))) await rm(path, { recursive: true, force: true });
}
