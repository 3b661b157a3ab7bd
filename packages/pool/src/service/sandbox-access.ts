import type { FileOperations, Session, SupervisorClient } from "@agent-sdk/core";
import { AgentSdkError, isAgentSdkError, sleep } from "@agent-sdk/core";
import type { PoolEnv } from "../env.ts";
import type { Ownership } from "../replica/ownership.ts";
import { deferred, rejectOnAbort } from "../signals.ts";
import { Periodic } from "../periodic.ts";
import type { Outcomes } from "./outcomes.ts";

/** How often a replica that uses another's sandbox says so, that it is not taken for idle. */
const keepAwakeMs = 30_000;
const retryMs = 20;

type Download = Awaited<ReturnType<FileOperations["download"]>>;

/** A download lasts until its stream ends or is let go, not until it begins. */
function downloadAwake(use: <T>(work: (files: FileOperations) => Promise<T>) => Promise<T>, ...[path, options]: Parameters<FileOperations["download"]>): Promise<Download> {
  return new Promise((resolve, reject) => {
    use(async (files) => {
      const { size, body } = await files.download(path, options);
      const ended = deferred<void>();
      resolve({ size, body: watched(body, () => ended.resolve()) });
      await ended.promise;
    }).catch(reject);
  });
}

/** The same stream, which tells when it is over, however that comes. */
function watched(body: ReadableStream<Uint8Array>, onEnd: () => void): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (!done) return controller.enqueue(value);
        controller.close();
      } catch (error) {
        controller.error(error);
      }
      onEnd();
    },
    async cancel(reason) {
      onEnd();
      await reader.cancel(reason);
    },
  });
}

interface Access {
  readonly client: SupervisorClient;
}

/** Commands and files in a session's sandbox. They need its supervisor, not its owner: a replica that does not own the session talks to it directly. */
export class SandboxAccess {
  readonly #env: PoolEnv;
  readonly #ownership: Ownership;
  readonly #outcomes: Outcomes;
  /** By sandbox id: connections are kept for the next call. */
  readonly #clients = new Map<string, { readonly address: string; readonly client: SupervisorClient }>();

  constructor(env: PoolEnv, ownership: Ownership, outcomes: Outcomes) {
    this.#env = env;
    this.#ownership = ownership;
    this.#outcomes = outcomes;
  }

  /** Runs `work` on the session's sandbox, which is brought up and kept awake for it. */
  async use<T>(id: string, signal: AbortSignal | undefined, work: (access: Access) => Promise<T>): Promise<T> {
    signal?.throwIfAborted();
    this.#ownership.assertOpen();
    for (let driver = await this.#ownership.driverOf(id); driver; driver = await this.#ownership.driverOf(id)) {
      if (driver.accepting) return rejectOnAbort(driver.withSandbox(work), signal).catch((error: unknown) => this.#rethrow(id, error, signal));
      // It is just letting go of the session.
      await sleep(this.#env, retryMs, { signal });
      this.#ownership.assertOpen();
    }
    const session = await this.#running(id, signal);
    const keepAwake = new Periodic(this.#env, "keep awake", keepAwakeMs, async () => void (await this.#env.store.sessions.setIntents(id, { wake: true })));
    try {
      return await work({ client: this.#clientOf(session) });
    } finally {
      await keepAwake.stop();
    }
  }

  /** File operations, each of which brings the sandbox up and keeps it awake to its end. */
  files(id: string, signal: AbortSignal | undefined): FileOperations {
    const use = <T>(work: (files: FileOperations) => Promise<T>): Promise<T> => this.use(id, signal, ({ client }) => work(client.files));
    return {
      tree: (path, options) => use((files) => files.tree(path, options)),
      read: (path, options) => use((files) => files.read(path, options)),
      download: (path, options) => downloadAwake(use, path, options),
      upload: (path, body, options) => use((files) => files.upload(path, body, options)),
      edit: (edit, options) => use((files) => files.edit(edit, options)),
      remove: (path, options) => use((files) => files.remove(path, options)),
      rename: (path, newPath, options) => use((files) => files.rename(path, newPath, options)),
      mkdir: (path, options) => use((files) => files.mkdir(path, options)),
      exists: (path, options) => use((files) => files.exists(path, options)),
    };
  }

  /** A driver breaks off what it does for a session that it lets go or deletes: an end of this side's making, not of the caller's, who is told what became of it. */
  async #rethrow(id: string, error: unknown, signal: AbortSignal | undefined): Promise<never> {
    if (signal?.aborted || !isAgentSdkError(error, "aborted")) throw error;
    const session = await this.#env.store.sessions.get(id);
    if (session === null || session.intents.delete) throw new AgentSdkError("not_found", `There is no session ${id}.`, { cause: error });
    throw new AgentSdkError("unavailable", "The sandbox was let go meanwhile. Try again.", { cause: error });
  }

  /** Another replica's sandbox, as it is where it answers, so that its turn is not waited for; brought up where it does not. */
  async #running(id: string, signal: AbortSignal | undefined): Promise<Session> {
    const session = await this.#env.store.sessions.get(id);
    if (session?.sandbox.phase === "running" && session.sandbox.endpoint) {
      const answers = await this.#clientOf(session).health({ signal }).then(
        () => true,
        () => false,
      );
      if (answers) return session;
    }
    return this.#outcomes.wake(id, signal);
  }

  #clientOf(session: Session): SupervisorClient {
    const { endpoint, sandboxId } = session.sandbox;
    if (!endpoint || !sandboxId) throw new AgentSdkError("unavailable", "The sandbox is not up. Try again.");
    const known = this.#clients.get(sandboxId);
    // A sandbox that was stopped and started again may answer elsewhere.
    const address = `${endpoint.url} ${endpoint.socketPath ?? ""}`;
    if (known?.address === address) return known.client;
    if (known) void known.client[Symbol.asyncDispose]();
    const client = this.#env.supervisors.connect(endpoint);
    this.#clients.set(sandboxId, { address, client });
    if (this.#clients.size > 500) this.#forgetOldest();
    return client;
  }

  #forgetOldest(): void {
    const oldest = this.#clients.entries().next().value;
    if (!oldest) return;
    this.#clients.delete(oldest[0]);
    void oldest[1].client[Symbol.asyncDispose]();
  }

  async close(): Promise<void> {
    const clients = [...this.#clients.values()];
    this.#clients.clear();
    await Promise.all(clients.map(({ client }) => client[Symbol.asyncDispose]()));
  }
}
