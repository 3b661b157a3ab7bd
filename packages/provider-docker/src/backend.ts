import { mkdir } from "node:fs/promises";
import { AgentSdkError, type NetworkPolicy } from "@agent-sdk/core";
import { isOnThisMachine } from "./engine/engine-address.ts";
import type { Engine, EngineFacts } from "./engine/engine.ts";
import type { DockerOptions } from "./options.ts";
import { assertSocketDirectory, isOwnAddress, socketDirectoryOf, type Reach } from "./sandbox/reach.ts";

const openNetwork = "agent-sdk";
const internalNetwork = "agent-sdk-internal";
/** An address that is nobody's (RFC 5737): in a network without a way out, names outside of it are asked for there, and not by the engine in its host's network. */
const nobody = "192.0.2.53";

/** What the engine and this server's place beside it allow, found out at the first use. */
export interface Connection {
  readonly facts: EngineFacts;
  /** Sandboxes are reached by sockets in a shared directory. */
  readonly hasSockets: boolean;
  /** This process runs on the engine's host, whose addresses in containers' networks are then its own. */
  readonly isOnEngineHost: boolean;
}

/** The engine, as it stands to this server. */
export class Backend {
  readonly #engine: Engine;
  readonly #options: DockerOptions;
  #connection: Connection | undefined;
  #connecting: Promise<Connection> | undefined;

  constructor(engine: Engine, options: DockerOptions) {
    this.#engine = engine;
    this.#options = options;
  }

  /** Undefined until the engine answered for the first time. */
  get known(): Connection | undefined {
    return this.#connection;
  }

  /** @throws AgentSdkError `unavailable` when the engine does not answer; the next call asks again. */
  connect(): Promise<Connection> {
    if (this.#connection) return Promise.resolve(this.#connection);
    const connecting = (this.#connecting ??= this.#connect());
    return connecting.finally(() => {
      if (this.#connecting === connecting) this.#connecting = undefined;
    });
  }

  async #connect(): Promise<Connection> {
    const { network, socketDirectory } = this.#options;
    if (socketDirectory !== undefined) assertSocketDirectory(socketDirectory);
    const facts = await this.#engine.facts();
    if (network === undefined) await this.#engine.ensureNetwork(openNetwork, { internal: false, separates: true });
    const found = await this.#engine.inspectNetwork(network ?? openNetwork);
    if (found === null) throw new AgentSdkError("provider_failed", "The Docker engine has no network of the name that AGENT_SDK_DOCKER_NETWORK gives.");
    const hasSockets = socketDirectory !== undefined && facts.sharesUsers && !facts.labelsFiles;
    if (hasSockets) await mkdir(socketDirectory, { recursive: true, mode: 0o700 });
    this.#connection = { facts, hasSockets, isOnEngineHost: isOwnAddress(found.gateways) };
    return this.#connection;
  }

  /** The network that a policy means, made where it is missing. */
  async network(policy: NetworkPolicy): Promise<{ readonly network: string; readonly nameServer?: string }> {
    if (policy === "none") return { network: "none" };
    if (policy === "internal") {
      await this.#engine.ensureNetwork(internalNetwork, { internal: true, separates: false });
      return { network: internalNetwork, nameServer: nobody };
    }
    if (this.#options.network !== undefined) return { network: this.#options.network };
    // Somebody may have tidied it away while no container was in it.
    await this.#engine.ensureNetwork(openNetwork, { internal: false, separates: true });
    return { network: openNetwork };
  }

  /** How the supervisor of a sandbox that is to be made will be reached. */
  async reach(sandboxId: string): Promise<Reach> {
    const { hasSockets, isOnEngineHost } = await this.connect();
    const { network, publishAddress, socketDirectory } = this.#options;
    if (hasSockets && socketDirectory !== undefined) return { kind: "socket", directory: socketDirectoryOf(socketDirectory, sandboxId) };
    // With a network of the operator's own, this server has a part in it.
    if (publishAddress === undefined && (isOnEngineHost || network !== undefined)) return { kind: "address" };
    if (publishAddress !== undefined) return { kind: "published", address: publishAddress };
    if (isOnThisMachine(this.#engine.address)) return { kind: "published", address: "127.0.0.1" };
    throw new AgentSdkError("unavailable", "The Docker engine is on another machine, and nothing says at which of its addresses this server reaches containers: set AGENT_SDK_DOCKER_PUBLISH_ADDRESS.", { retryable: false });
  }
}
