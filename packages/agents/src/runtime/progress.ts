import { readdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { describeError, type RuntimeEnv, type Timer } from "@agent-sdk/core";
import { directorySize } from "./directory-size.ts";

const everyMs = 2_000;

/** How far an installation is. */
export interface InstallProgress {
  /** One line for a person. */
  readonly message: string;
  readonly elapsedMs: number;
  /** Bytes on disk so far. */
  readonly bytes: number;
}

export type ProgressListener = (progress: InstallProgress) => void;

interface ProgressOptions {
  readonly what: string;
  /** The beginning of the staging directories' path: another process's is counted too. */
  readonly directory: string;
  readonly onProgress: ProgressListener | undefined;
}

async function stagedBytes(prefix: string): Promise<number> {
  const parent = dirname(prefix);
  const names = await readdir(parent).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  const sizes = await Promise.all(names.filter((name) => name.startsWith(basename(prefix))).map((name) => directorySize(join(parent, name))));
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Tells the listener at once and then every two seconds until it is disposed, what is being done, for how long, and the bytes on disk. */
export function reportProgress(env: RuntimeEnv, options: ProgressOptions): AsyncDisposable {
  const { onProgress, what, directory } = options;
  const startedAt = env.clock.monotonic();
  let timer: Timer | undefined;
  let measuring: Promise<void> = Promise.resolve();
  let ended = false;
  const report = async (): Promise<void> => {
    const bytes = await stagedBytes(directory);
    if (ended) return;
    const elapsedMs = Math.round(env.clock.monotonic() - startedAt);
    onProgress?.({ message: `Installing ${what}: ${Math.round(elapsedMs / 1000)} s, ${(bytes / 1e6).toFixed(0)} MB on disk`, elapsedMs, bytes });
  };
  const tick = (): void => {
    measuring = report()
      .catch((error: unknown) => env.log.debug({ error: describeError(error) }, "The progress of an installation could not be measured."))
      .finally(() => {
        if (!ended) timer = env.timers.set(everyMs, tick, { background: true });
      });
  };
  if (onProgress) tick();
  return {
    async [Symbol.asyncDispose]() {
      ended = true;
      timer?.cancel();
      await measuring;
    },
  };
}
