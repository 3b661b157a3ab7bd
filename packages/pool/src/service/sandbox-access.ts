import type { FileOperations, Session, SupervisorClient } from "@agent-sdk/core";
import { AgentSdkError, sleep } from "@agent-sdk/core";
import type { PoolEnv } from "../env.ts";
import type { Ownership } from "../replica/ownership.ts";
import { rejectOnAbort } from "../signals.ts";
import { Periodic } from "../periodic.ts";
import type { Outcomes } from "./outcomes.ts";

/** How often a replica that uses another's sandbox says so, that it is not taken for idle. */
const keepAwakeMs = 30_000;
const retryMs = 20;

interface Access {
  readonly client: SupervisorClient;
}

/** Commands and files in a session's sandbox. They need its supervisor, not its owner: a replica that does not own the session talks to it directly. */
export class SandboxAccess {
  readonly #env: PoolEnv;
  readonly #ownership: Ownership;
  readonly #outcomes: Outcomes;
  /** By sandbox id: connections are kept for the next call. */
  readonly #clients = new Map<string, SupervisorClient>();

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
      if (driver.accepting) return rejectOnAbort(driver.withSandbox(work), signal);
      // It is just letting go of the session.
      await sleep(this.#env, retryMs, { signal });
      this.#ownership.assertOpen();
    }
    const session = await this.#outcomes.wake(id, signal);
    const keepAwake = new Periodic(this.#env, "keep awake", keepAwakeMs, async () => void (await this.#env.store.sessions.setIntents(id, { wake: true })));
    try {
      return await work({ client: this.#clientOf(session) });
    } finally {
      await keepAwake.stop();
    }
  }

  async files(id: string, signal: AbortSignal | undefined): Promise<FileOperations> {
    return this.use(id, signal, ({ client }) => Promise.resolve(client.files));
  }

  #clientOf(session: Session): SupervisorClient {
    const { endpoint, sandboxId } = session.sandbox;
    if (!endpoint || !sandboxId) throw new AgentSdkError("unavailable", "The sandbox is not up. Try again.");
    const known = this.#clients.get(sandboxId);
    if (known) return known;
    const client = this.#env.supervisors.connect(endpoint);
    this.#clients.set(sandboxId, client);
    if (this.#clients.size > 500) this.#forgetOldest();
    return client;
  }

  #forgetOldest(): void {
    const oldest = this.#clients.entries().next().value;
    if (!oldest) return;
    this.#clients.delete(oldest[0]);
    void oldest[1][Symbol.asyncDispose]();
  }

  async close(): Promise<void> {
    const clients = [...this.#clients.values()];
    this.#clients.clear();
    await Promise.all(clients.map((client) => client[Symbol.asyncDispose]()));
  }
}
