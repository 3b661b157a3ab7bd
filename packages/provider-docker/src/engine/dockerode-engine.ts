import { readdir, readFile } from "node:fs/promises";
import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { join } from "node:path";
import type { Duplex, Readable } from "node:stream";
import { AgentSdkError, sleep, type RuntimeEnv } from "@agent-sdk/core";
import type Docker from "dockerode";
import { attachmentTo } from "./attachment.ts";
import { bounded } from "./bounded-call.ts";
import { containerBody, publishedPort } from "./container-body.ts";
import type { Attachment, BuildRequest, ContainerInfo, ContainerRequest, ContainerState, ContainerSummary, Engine, EngineFacts, ImageInfo, NetworkInfo, Progress, VolumeInfo } from "./engine.ts";
import type { EngineAddress } from "./engine-address.ts";
import { engineFacts } from "./engine-facts.ts";
import { engineFailure, statusOf } from "./engine-failure.ts";
import { readProgress, TextEnd } from "./progress-stream.ts";

const readMs = 30_000;
/** Making, starting and removing wait for the host's disk and network, and for each other when there are many. */
const changeMs = 180_000;
const shownOutput = 4_000;
const removalPauseMs = 20;

export interface DockerodeOptions {
  readonly env: RuntimeEnv;
  readonly address: EngineAddress;
  /** Where `ca.pem`, `cert.pem` and `key.pem` lie, for a secure connection. */
  readonly certificateDirectory?: string | undefined;
  /** Paths of this machine that the engine's words must not show, by what stands for them. */
  readonly hidden: Readonly<Record<string, string>>;
}

type Settings = Docker.DockerOptions & { readonly agent: unknown };

async function connectionSettings({ address, certificateDirectory }: DockerodeOptions): Promise<Settings> {
  // dockerode reads DOCKER_HOST by itself; what is undefined here is not taken from there. Connections are not kept: one that the engine closed meanwhile would fail a call.
  const none = { host: undefined, port: undefined, socketPath: undefined, ca: undefined, cert: undefined, key: undefined, timeout: undefined };
  if (address.kind === "socket") return { ...none, socketPath: address.path, protocol: "http", agent: new HttpAgent({ keepAlive: false }) } as unknown as Settings;
  const { host, port, secure } = address;
  if (!secure) return { ...none, host, port, protocol: "http", agent: new HttpAgent({ keepAlive: false }) } as unknown as Settings;
  if (certificateDirectory === undefined) throw new AgentSdkError("bad_request", "DOCKER_CERT_PATH must name a directory with ca.pem, cert.pem and key.pem for a secure connection to the Docker engine.");
  const [ca, cert, key] = await Promise.all(["ca.pem", "cert.pem", "key.pem"].map((name) => readFile(join(certificateDirectory, name), "utf8")));
  return { ...none, host, port, ca, cert, key, protocol: "https", agent: new HttpsAgent({ keepAlive: false, ca, cert, key }) } as unknown as Settings;
}

/** The only place that knows dockerode. It is loaded at the first call. */
class DockerodeEngine implements Engine {
  readonly address: EngineAddress;
  readonly #options: DockerodeOptions;
  #client: Promise<Docker> | undefined;

  constructor(options: DockerodeOptions) {
    this.address = options.address;
    this.#options = options;
  }

  async facts(): Promise<EngineFacts> {
    const [version, info] = await Promise.all([this.#read((docker) => docker.version()), this.#read((docker) => docker.info() as Promise<unknown>)]);
    return engineFacts(version.ApiVersion, info);
  }

  async createContainer(name: string, request: ContainerRequest): Promise<void> {
    await this.#change((docker) => docker.createContainer(containerBody(name, request)));
  }

  async attachContainer(name: string): Promise<Attachment> {
    const docker = await this.#docker();
    const stream = await this.#read(() => docker.getContainer(name).attach({ stream: true, hijack: true, stdin: true, stdout: true, stderr: true }));
    return attachmentTo(stream as unknown as Duplex, (from, output, errors) => docker.modem.demuxStream(from, output, errors));
  }

  async startContainer(name: string): Promise<void> {
    await this.#change((docker) => docker.getContainer(name).start(), [304]);
  }

  async stopContainer(name: string): Promise<void> {
    await this.#change((docker) => docker.getContainer(name).stop(), [304]);
  }

  async unpauseContainer(name: string): Promise<void> {
    await this.#change((docker) => docker.getContainer(name).unpause());
  }

  async removeContainer(name: string): Promise<void> {
    const { env } = this.#options;
    const deadline = env.clock.monotonic() + changeMs;
    for (;;) {
      // 409: somebody else is removing it.
      await this.#change((docker) => docker.getContainer(name).remove({ force: true, v: true }), [404, 409]);
      if ((await this.inspectContainer(name)) === null) return;
      if (env.clock.monotonic() > deadline) throw new AgentSdkError("provider_failed", "The Docker engine does not get the container removed.", { retryable: true });
      await sleep(env, removalPauseMs);
    }
  }

  async inspectContainer(name: string): Promise<ContainerInfo | null> {
    const found = await this.#readOrNull((docker) => docker.getContainer(name).inspect());
    if (found === null) return null;
    const { State, Config, NetworkSettings, Id } = found;
    return {
      id: Id,
      state: State.Status as ContainerState,
      pid: State.Pid,
      labels: Config.Labels,
      networks: Object.entries(NetworkSettings.Networks).map(([network, { IPAddress, IPPrefixLen }]) => ({ name: network, address: IPAddress, prefixLength: IPPrefixLen })),
      published: publishedPort(NetworkSettings.Ports),
      outOfMemory: State.OOMKilled,
    };
  }

  async listContainers(labels: readonly string[]): Promise<readonly ContainerSummary[]> {
    const found = await this.#read((docker) => docker.listContainers({ all: true, filters: { label: [...labels] } }));
    return found.map(({ Names, State, Labels, Created }) => ({ name: Names[0]?.slice(1) ?? "", state: State as ContainerState, labels: Labels, createdAt: new Date(Created * 1000) }));
  }

  async createVolume(name: string, labels: Readonly<Record<string, string>>): Promise<VolumeInfo> {
    await this.#change((docker) => docker.createVolume({ Name: name, Labels: { ...labels } }) as Promise<unknown>);
    const made = await this.inspectVolume(name);
    if (made === null) throw new AgentSdkError("conflict", "The volume was removed right after it was made.", { retryable: true });
    return made;
  }

  async inspectVolume(name: string): Promise<VolumeInfo | null> {
    const found = await this.#readOrNull((docker) => docker.getVolume(name).inspect());
    return found === null ? null : { name: found.Name, driver: found.Driver, mountpoint: found.Mountpoint, labels: found.Labels ?? {} };
  }

  async removeVolume(name: string): Promise<void> {
    await this.#change((docker) => docker.getVolume(name).remove() as Promise<unknown>, [404]);
  }

  async ensureNetwork(name: string, options: { readonly internal: boolean; readonly separates: boolean }): Promise<void> {
    if ((await this.inspectNetwork(name)) !== null) return;
    const body = {
      Name: name,
      Driver: "bridge",
      CheckDuplicate: true,
      Internal: options.internal,
      Options: { "com.docker.network.bridge.enable_icc": String(!options.separates) },
      Labels: { "agent-sdk.network": options.internal ? "internal" : "open" },
    };
    // 409: another server made it at the same moment.
    await this.#change((docker) => docker.createNetwork(body) as Promise<unknown>, [409]);
  }

  async inspectNetwork(name: string): Promise<NetworkInfo | null> {
    const found = await this.#readOrNull((docker) => docker.getNetwork(name).inspect());
    if (found === null) return null;
    return { gateways: (found.IPAM?.Config ?? []).flatMap((part) => (part["Gateway"] === undefined ? [] : [part["Gateway"]])) };
  }

  async inspectImage(reference: string): Promise<ImageInfo | null> {
    const found = await this.#readOrNull((docker) => docker.getImage(reference).inspect());
    return found === null ? null : { id: found.Id, env: found.Config.Env ?? [], labels: found.Config.Labels ?? {} };
  }

  async pullImage(reference: string, { signal, onProgress }: Progress): Promise<void> {
    const tagged = /[:@][^/]*$/.test(reference) ? reference : `${reference}:latest`;
    const stream = await this.#change((docker) => docker.pull(tagged));
    await this.#follow(stream as Readable, { signal, onLine: ({ id, status }) => void (id === undefined && status !== undefined && onProgress?.(status)) });
  }

  async buildImage(request: BuildRequest, { signal, onProgress }: Progress): Promise<void> {
    const options = {
      t: request.tag,
      dockerfile: request.dockerfile,
      forcerm: true,
      labels: { ...request.labels },
      ...(request.buildArgs === undefined ? {} : { buildargs: { ...request.buildArgs } }),
      ...(request.memoryBytes === undefined ? {} : { memory: request.memoryBytes, memswap: request.memoryBytes }),
    };
    const output = new TextEnd(shownOutput);
    const context = { context: request.directory, src: await readdir(request.directory) };
    const stream = await this.#change((docker) => docker.buildImage(context, options));
    try {
      await this.#follow(stream as Readable, {
        signal,
        onLine: ({ stream: text }) => {
          if (text === undefined) return;
          output.add(text);
          if (text.trim() !== "") onProgress?.(text.trim());
        },
      });
    } catch (error) {
      if (!(error instanceof AgentSdkError) || error.code !== "provider_failed") throw error;
      throw new AgentSdkError("sandbox_failed", `The image could not be built. ${error.message}\n${String(output).trim()}`, { cause: error, details: { output: String(output) } });
    }
  }

  /** Holds no connection. */
  async [Symbol.asyncDispose](): Promise<void> {}

  async #follow(stream: Readable, options: Parameters<typeof readProgress>[1]): Promise<void> {
    let failed: string | undefined;
    try {
      await readProgress(stream, {
        ...options,
        onLine: (line) => {
          failed ??= line.error;
          options.onLine(line);
        },
      });
    } catch (error) {
      options.signal?.throwIfAborted();
      throw this.#failure(error);
    }
    if (failed !== undefined) throw this.#failure(Object.assign(new Error(failed), { statusCode: 500 }));
  }

  #docker(): Promise<Docker> {
    const client = (this.#client ??= this.#connect());
    return client.catch((error: unknown) => {
      if (this.#client === client) this.#client = undefined;
      throw error;
    });
  }

  async #connect(): Promise<Docker> {
    const [{ default: Client }, settings] = await Promise.all([import("dockerode"), connectionSettings(this.#options)]);
    return new Client(settings);
  }

  #failure(error: unknown): AgentSdkError {
    return engineFailure(error, this.#options.hidden);
  }

  async #call<Result>(milliseconds: number, call: (docker: Docker) => Promise<Result>): Promise<Result> {
    const docker = await this.#docker();
    return bounded(this.#options.env.timers, milliseconds, call(docker));
  }

  async #read<Result>(call: (docker: Docker) => Promise<Result>): Promise<Result> {
    try {
      return await this.#call(readMs, call);
    } catch (error) {
      throw this.#failure(error);
    }
  }

  async #readOrNull<Result>(call: (docker: Docker) => Promise<Result>): Promise<Result | null> {
    try {
      return await this.#call(readMs, call);
    } catch (error) {
      if (statusOf(error) === 404) return null;
      throw this.#failure(error);
    }
  }

  /** @param accepted statuses that mean that there is nothing left to do; undefined is then answered */
  async #change<Result>(call: (docker: Docker) => Promise<Result>, accepted: readonly number[] = []): Promise<Result | undefined> {
    try {
      return await this.#call(changeMs, call);
    } catch (error) {
      if (accepted.includes(statusOf(error) ?? 0)) return undefined;
      throw this.#failure(error);
    }
  }
}

/** An engine by dockerode. Connects at the first call. */
export function dockerodeEngine(options: DockerodeOptions): Engine {
  return new DockerodeEngine(options);
}
