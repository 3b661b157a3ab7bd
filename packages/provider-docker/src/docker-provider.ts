import {
  AgentSdkError, describeError, isAgentSdkError, type CreateOptions, type ProviderCapabilities, type Sandbox, type SandboxLabels, type SandboxProvider, type SandboxRecipe, type SandboxSpec,
  type SandboxStatus, type SandboxSummary,
} from "@agent-sdk/core";
import { Backend } from "./backend.ts";
import type { Context } from "./context.ts";
import { parseEngineAddress } from "./engine/engine-address.ts";
import { dockerodeEngine } from "./engine/dockerode-engine.ts";
import { Images } from "./image/images.ts";
import type { DockerOptions } from "./options.ts";
import { attachSandbox } from "./sandbox/attach-sandbox.ts";
import { statusOfContainer } from "./sandbox/container-status.ts";
import { containerName, createSandbox } from "./sandbox/create-sandbox.ts";
import { labelFilters, readLabels } from "./sandbox/labels.ts";
import { socketDirectoryOf } from "./sandbox/reach.ts";
import { removeSocketDirectory, removeUnusedSocketDirectories } from "./sandbox/socket-directory.ts";
import { capabilitiesOf, validateRecipe } from "./validate-recipe.ts";
import { DockerVolumes } from "./volume/docker-volumes.ts";

interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

const refPrefix = containerName("");

/** A `SandboxProvider` on a Docker engine. */
export interface DockerProvider extends SandboxProvider {
  /**
   * Asks the engine what it is. Not needed before anything else: whatever needs it asks by itself. Before, `capabilities` and `validate` go by the configuration.
   * @throws AgentSdkError `unavailable` with one sentence when the engine does not answer.
   */
  connect(): Promise<void>;
}

class ContainerProvider implements DockerProvider {
  readonly name = "docker";
  readonly #context: Context;
  #tidied = false;

  constructor(context: Context) {
    this.#context = context;
  }

  get volumes(): DockerVolumes {
    return this.#context.volumes;
  }

  get capabilities(): ProviderCapabilities {
    return capabilitiesOf(this.#context.options, this.#context.backend.known);
  }

  async connect(): Promise<void> {
    await this.#context.backend.connect();
  }

  validate(recipe: SandboxRecipe): void {
    validateRecipe(recipe, this.#context.options, this.#context.backend.known);
  }

  async create(spec: SandboxSpec, options: CreateOptions = {}): Promise<Sandbox> {
    options.signal?.throwIfAborted();
    this.validate(spec.recipe);
    await this.#context.backend.connect();
    // Now by what the engine is.
    this.validate(spec.recipe);
    await this.#tidy();
    return createSandbox(this.#context, spec, options);
  }

  async attach(ref: string, options: CallOptions & { readonly supervisorToken: string }): Promise<Sandbox> {
    options.signal?.throwIfAborted();
    return attachSandbox(this.#context, this.#name(ref), options);
  }

  async status(ref: string, options: CallOptions = {}): Promise<SandboxStatus> {
    options.signal?.throwIfAborted();
    try {
      const info = await this.#context.engine.inspectContainer(this.#name(ref));
      return info === null ? "missing" : statusOfContainer(info.state);
    } catch (error) {
      if (isAgentSdkError(error, "bad_request")) throw error;
      this.#context.env.log.warn({ ref, error: describeError(error) }, "the Docker engine did not tell a sandbox's status");
      return "unknown";
    }
  }

  async stop(ref: string, options: CallOptions = {}): Promise<void> {
    options.signal?.throwIfAborted();
    const { engine } = this.#context;
    const name = this.#name(ref);
    const info = await engine.inspectContainer(name);
    if (info === null) throw new AgentSdkError("not_found", `There is no sandbox ${ref}.`);
    // What is frozen hears no signal.
    if (info.state === "paused") await engine.unpauseContainer(name);
    await engine.stopContainer(name);
  }

  async destroy(ref: string, options: CallOptions = {}): Promise<void> {
    options.signal?.throwIfAborted();
    const name = this.#name(ref);
    const { engine, options: { socketDirectory } } = this.#context;
    await engine.removeContainer(name);
    if (socketDirectory !== undefined) await removeSocketDirectory({ kind: "socket", directory: socketDirectoryOf(socketDirectory, ref.slice(refPrefix.length)) });
  }

  async *list(labels: Partial<SandboxLabels> & Pick<SandboxLabels, "origin">, options: CallOptions = {}): AsyncGenerator<SandboxSummary> {
    options.signal?.throwIfAborted();
    for (const { name, labels: found, state, createdAt } of await this.#context.engine.listContainers(labelFilters(labels))) {
      options.signal?.throwIfAborted();
      const read = readLabels(found);
      if (read !== null) yield { ref: name, labels: read, status: statusOfContainer(state), createdAt };
    }
  }

  /** Ends the helpers that serve volumes' files; sandboxes outlive the provider by design. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#context.volumes[Symbol.asyncDispose]();
    await this.#context.engine[Symbol.asyncDispose]();
  }

  /** Once: what an earlier server left when it was killed. */
  async #tidy(): Promise<void> {
    const { engine, env, backend, options: { socketDirectory } } = this.#context;
    if (this.#tidied || socketDirectory === undefined || !backend.known?.hasSockets) return;
    this.#tidied = true;
    await removeUnusedSocketDirectories(engine, env, socketDirectory).catch((error: unknown) => env.log.warn({ error: describeError(error) }, "old directories of sockets could not be removed"));
  }

  #name(ref: string): string {
    if (/^agent-sdk-[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(ref)) return ref;
    throw new AgentSdkError("bad_request", "It is not the reference of a Docker sandbox.");
  }
}

function hiddenPaths({ socketDirectory, contextDirectory }: DockerOptions): Readonly<Record<string, string>> {
  return {
    ...(socketDirectory === undefined ? {} : { AGENT_SDK_DOCKER_SOCKET_DIR: socketDirectory }),
    ...(contextDirectory === undefined ? {} : { AGENT_SDK_DOCKER_CONTEXT_DIR: contextDirectory }),
  };
}

/**
 * Sandboxes as containers of a Docker engine. Asks nothing of it until it is used, and loads its client then.
 * @throws AgentSdkError `bad_request` for an address of a form that is not supported.
 */
export function dockerProvider(options: DockerOptions): DockerProvider {
  const address = parseEngineAddress(options.host, { secure: options.secure ?? false });
  const { env, transport, certificateDirectory } = options;
  const engine = dockerodeEngine({ env, address, certificateDirectory, hidden: hiddenPaths(options) });
  const parts = { env, transport, options, engine, backend: new Backend(engine, options), images: new Images(engine, options) };
  return new ContainerProvider({ ...parts, volumes: new DockerVolumes(parts) });
}
