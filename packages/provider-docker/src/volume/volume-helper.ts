import { AgentSdkError, describeError, type FileOperations, type RuntimeEnv, type SupervisorClient, type SupervisorEndpoint, type Timer } from "@agent-sdk/core";
import { lazyFiles } from "./lazy-files.ts";

/** A helper that nobody used for so long is ended. */
const idleMs = 60_000;

export interface HelperContainer {
  readonly endpoint: SupervisorEndpoint;
  end(): Promise<void>;
}

interface Running {
  readonly container: HelperContainer;
  readonly client: SupervisorClient;
}

/** The same stream, which tells when it is over, however that comes. */
function watched(body: ReadableStream<Uint8Array>, onEnd: () => void): ReadableStream<Uint8Array> {
  async function* chunks(): AsyncGenerator<Uint8Array> {
    try {
      yield* body;
    } finally {
      onEnd();
    }
  }
  return ReadableStream.from(chunks());
}

/** One container that serves one volume: started by the first use, kept for the next, ended when there is none for a while. */
export class VolumeHelper {
  readonly #env: RuntimeEnv;
  readonly #start: () => Promise<HelperContainer>;
  readonly #connect: (endpoint: SupervisorEndpoint) => SupervisorClient;
  #running: Promise<Running> | undefined;
  #users = 0;
  #idle: Timer | undefined;

  constructor(options: { readonly env: RuntimeEnv; readonly start: () => Promise<HelperContainer>; readonly connect: (endpoint: SupervisorEndpoint) => SupervisorClient }) {
    this.#env = options.env;
    this.#start = options.start;
    this.#connect = options.connect;
  }

  /** Runs `work` on the helper. One that is gone, ended by itself or by somebody else, is replaced before. */
  async use<Result>(work: (client: SupervisorClient) => Promise<Result>): Promise<Result> {
    const release = this.#hold();
    try {
      return await work((await this.#alive()).client);
    } finally {
      release();
    }
  }

  /** The volume's files. A download holds the helper until its stream ends. */
  get files(): FileOperations {
    return {
      ...lazyFiles((work) => this.use(({ files }) => work(files))),
      download: async (path, options) => {
        const release = this.#hold();
        try {
          const { size, body } = await (await this.#alive()).client.files.download(path, options);
          return { size, body: watched(body, release) };
        } catch (error) {
          release();
          throw error;
        }
      },
    };
  }

  async #alive(): Promise<Running> {
    const current = await this.#current();
    try {
      await current.client.health();
      return current;
    } catch (error) {
      this.#env.log.debug({ error: describeError(error) }, "a volume's helper does not answer and is replaced");
      await this.end();
      return this.#current();
    }
  }

  #current(): Promise<Running> {
    const running = (this.#running ??= this.#begin());
    return running.catch((error: unknown) => {
      if (this.#running === running) this.#running = undefined;
      throw error;
    });
  }

  async #begin(): Promise<Running> {
    const container = await this.#start();
    return { container, client: this.#connect(container.endpoint) };
  }

  #hold(): () => void {
    let held = true;
    this.#users += 1;
    this.#idle?.cancel();
    return () => {
      if (!held) return;
      held = false;
      this.#users -= 1;
      if (this.#users === 0) this.#idle = this.#env.timers.set(idleMs, () => this.#endIdle(), { background: true });
    };
  }

  #endIdle(): void {
    if (this.#users > 0) return;
    this.end().catch((error: unknown) => this.#env.log.warn({ error: describeError(error) }, "a volume's helper could not be ended; it ends by itself"));
  }

  /** Ends the container. Idempotent; the next use starts another. */
  async end(): Promise<void> {
    this.#idle?.cancel();
    const running = this.#running;
    this.#running = undefined;
    if (!running) return;
    const { client, container } = await running.catch((cause: unknown) => {
      throw new AgentSdkError("unavailable", "The volume's helper did not start.", { cause });
    });
    await client[Symbol.asyncDispose]();
    await container.end();
  }
}
