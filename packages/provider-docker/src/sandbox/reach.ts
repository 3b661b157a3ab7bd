import { createHash } from "node:crypto";
import { BlockList, isIPv4 } from "node:net";
import { networkInterfaces } from "node:os";
import { basename, join } from "node:path";
import { AgentSdkError, type SupervisorEndpoint } from "@agent-sdk/core";
import { supervisorPort } from "../engine/container-body.ts";
import type { ContainerInfo, Mount } from "../engine/engine.ts";
import { socketMount } from "./inside.ts";
import { socketLabel } from "./labels.ts";

/** How this server gets to the supervisor of a sandbox. */
export type Reach =
  /** By a socket in a directory that server and engine both see. No network is needed for it, and no other sandbox gets there. */
  | { readonly kind: "socket"; readonly directory: string }
  /** By the container's own address: this machine has a part in its network. */
  | { readonly kind: "address" }
  /** By a random port of an address of the engine's host. */
  | { readonly kind: "published"; readonly address: string };

/** The longest path that a socket's address holds. */
const longestSocketPath = 107;

/** The directory of one sandbox's socket. Short, for the sake of the socket's address. */
export function socketDirectoryOf(base: string, sandboxId: string): string {
  return join(base, createHash("sha256").update(sandboxId).digest("hex").slice(0, 20));
}

function socketPath(directory: string): string {
  return join(directory, "s");
}

/** @throws AgentSdkError `bad_request` for a directory in which a socket's address would be too long. */
export function assertSocketDirectory(base: string): void {
  if (Buffer.byteLength(socketPath(socketDirectoryOf(base, ""))) <= longestSocketPath) return;
  throw new AgentSdkError("bad_request", "The directory for sandboxes' sockets has too long a path; AGENT_SDK_DOCKER_SOCKET_DIR chooses another.");
}

/** What a container needs to be reached so. */
export interface ReachRequest {
  readonly listen: string;
  readonly mounts: readonly Mount[];
  readonly labels: Readonly<Record<string, string>>;
  readonly publishOn?: string | undefined;
}

export function reachRequest(reach: Reach): ReachRequest {
  if (reach.kind === "socket") {
    return { listen: `unix:${socketPath(socketMount)}`, mounts: [{ kind: "bind", source: reach.directory, target: socketMount }], labels: { [socketLabel]: basename(reach.directory) } };
  }
  return { listen: `tcp:0.0.0.0:${supervisorPort}`, mounts: [], labels: {}, ...(reach.kind === "published" ? { publishOn: reach.address } : {}) };
}

/** Whether one of this machine's own interfaces lies in the network of `address`: then the way there leads nowhere else. */
export function isNeighbour(address: string, prefixLength: number): boolean {
  if (!isIPv4(address) || prefixLength === 0) return false;
  const network = new BlockList();
  network.addSubnet(address, prefixLength, "ipv4");
  return Object.values(networkInterfaces()).some((entries) => entries?.some((entry) => entry.family === "IPv4" && network.check(entry.address, "ipv4")) ?? false);
}

/** Whether one of the addresses is this machine's own. */
export function isOwnAddress(addresses: readonly string[]): boolean {
  return Object.values(networkInterfaces()).some((entries) => entries?.some(({ address }) => addresses.includes(address)) ?? false);
}

/** Where the supervisor of a running container answers. @throws AgentSdkError `unavailable` when there is no way from here. */
export function endpointOf(info: ContainerInfo, token: string, base: string | undefined): SupervisorEndpoint {
  const name = info.labels[socketLabel];
  if (name === undefined) return networkEndpoint(info, token);
  if (base !== undefined) return { url: "http://sandbox", socketPath: socketPath(join(base, basename(name))), token };
  throw new AgentSdkError("unavailable", "The sandbox's supervisor listens on a socket in a directory that this server is not told of (AGENT_SDK_DOCKER_SOCKET_DIR).", { retryable: false });
}

/** By what a running container is reached, from what the engine tells: its port may be another after every start. */
function networkEndpoint(info: ContainerInfo, token: string): SupervisorEndpoint {
  const near = info.networks.find(({ address, prefixLength }) => isNeighbour(address, prefixLength));
  if (near) return { url: `http://${near.address}:${supervisorPort}`, token };
  const { published } = info;
  if (published) return { url: `http://${published.host.includes(":") ? `[${published.host}]` : published.host}:${published.port}`, token };
  throw new AgentSdkError("unavailable", "The sandbox's supervisor cannot be reached from this server: the container's network is not this machine's, and its port is not published.", { retryable: false });
}
