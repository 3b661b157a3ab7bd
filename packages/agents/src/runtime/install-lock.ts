import { mkdir, rm, stat, utimes } from "node:fs/promises";
import { dirname } from "node:path";
import { sleep, type RuntimeEnv, type Timer } from "@agent-sdk/core";

const beatMs = 1_000;
/** A holder that was silent for so long is dead or stopped. It does no harm when it wakes: an installation is put in place by one rename. */
const staleMs = 20_000;

function code(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}

async function tryTake(path: string): Promise<boolean> {
  try {
    await mkdir(path);
    return true;
  } catch (error) {
    if (code(error) === "EEXIST") return false;
    throw error;
  }
}

async function removeStale(env: RuntimeEnv, path: string): Promise<void> {
  try {
    const { mtimeMs } = await stat(path);
    if (env.clock.now() - mtimeMs > staleMs) await rm(path, { recursive: true, force: true });
  } catch (error) {
    if (code(error) !== "ENOENT") throw error;
  }
}

function held(env: RuntimeEnv, path: string): AsyncDisposable {
  let timer: Timer | undefined;
  const beat = (): void => {
    const now = env.clock.now() / 1000;
    // Somebody who thought this process dead may have removed it; the rename at the end decides who was first.
    utimes(path, now, now).catch((error: unknown) => env.log.debug({ error: code(error) }, "The installation's lock is gone."));
    timer = env.timers.set(beatMs, beat, { background: true });
  };
  beat();
  return {
    async [Symbol.asyncDispose]() {
      timer?.cancel();
      await rm(path, { recursive: true, force: true });
    },
  };
}

/**
 * Takes the lock at `path`, a directory, waiting while another process holds it: so that two servers do not fetch the same hundreds of
 * megabytes at once. It saves work; that nothing breaks without it is the rename's doing.
 * @throws the signal's reason when `signal` aborts while waiting.
 */
export async function takeInstallLock(env: RuntimeEnv, path: string, options: { readonly signal: AbortSignal }): Promise<AsyncDisposable> {
  await mkdir(dirname(path), { recursive: true });
  for (;;) {
    options.signal.throwIfAborted();
    if (await tryTake(path)) return held(env, path);
    await removeStale(env, path);
    await sleep(env, 200, options);
  }
}
