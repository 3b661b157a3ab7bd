import { posix } from "node:path";
import { AgentSdkError, type ProviderCapabilities, type SandboxRecipe } from "@agent-sdk/core";
import type { Connection } from "./backend.ts";
import type { DockerOptions } from "./options.ts";
import { sharedMountTarget, workingDirectory } from "./sandbox/inside.ts";

/** Below it the engine refuses, or the supervisor cannot live. */
const leastMemoryMib = 64;
const leastCpus = 0.01;

function refuse(field: string, why: string): never {
  throw new AgentSdkError("bad_request", `docker cannot honour \`${field}\`: ${why}`, { details: { field } });
}

/** The resources and policies, as far as they are known: before the engine has answered, what the configuration lets expect. */
export function capabilitiesOf(options: DockerOptions, connection: Connection | undefined): ProviderCapabilities {
  const hasSockets = connection?.hasSockets ?? options.socketDirectory !== undefined;
  const isOnEngineHost = connection?.isOnEngineHost ?? false;
  return {
    isolation: "container",
    sharedWorkspace: true,
    stop: true,
    pause: true,
    snapshot: false,
    images: true,
    resources: ["cpu", "memory", ...(connection?.facts.limitsDisk ? (["disk"] as const) : []), ...(connection?.facts.hasGpu ? (["gpu"] as const) : [])],
    networkPolicies: [...(hasSockets ? (["none"] as const) : []), ...(hasSockets || isOnEngineHost ? (["internal"] as const) : []), "open"],
    volumeFiles: true,
    includesAgents: true,
  };
}

function checkImage(recipe: SandboxRecipe, options: DockerOptions): void {
  const given = (["image", "dockerfile", "dockerfileContent"] as const).filter((field) => recipe[field] !== undefined);
  if (given.length > 1) refuse(given[1] === "dockerfile" ? "dockerfile" : "dockerfile_content", "only one of image, dockerfile and dockerfile_content says what the sandbox is made of.");
  if (recipe.image !== undefined && !/^[A-Za-z0-9][A-Za-z0-9._\-/:@]*$/.test(recipe.image)) refuse("image", "it is not the name of an image.");
  if (recipe.dockerfileContent?.trim() === "") refuse("dockerfile_content", "it is empty.");
  if (recipe.dockerfile === undefined) return;
  if (options.contextDirectory === undefined) refuse("dockerfile", "it names a file of the server's machine, and AGENT_SDK_DOCKER_CONTEXT_DIR does not say where such files may be. `dockerfile_content` needs none.");
}

function checkResources({ resources }: SandboxRecipe, capabilities: ProviderCapabilities, connection: Connection | undefined): void {
  if (resources?.gpu !== undefined && !capabilities.resources.includes("gpu")) refuse("resources.gpu", "the engine has no GPU runtime.");
  if (resources?.diskGib !== undefined && !capabilities.resources.includes("disk")) refuse("resources.disk_gib", "the engine's storage driver does not limit a container's disk.");
  if (resources?.memoryMib !== undefined && resources.memoryMib < leastMemoryMib) refuse("resources.memory_mib", `a sandbox needs at least ${leastMemoryMib}.`);
  if (resources?.cpu === undefined) return;
  if (resources.cpu < leastCpus) refuse("resources.cpu", `it is at least ${leastCpus}.`);
  const { cpus = 0 } = connection?.facts ?? {};
  if (cpus > 0 && resources.cpu > cpus) refuse("resources.cpu", `the engine's host has ${cpus}.`);
}

function checkNetwork({ network = "open" }: SandboxRecipe, capabilities: ProviderCapabilities): void {
  if (typeof network === "object") return refuse("network", "an engine does not filter by domain or address; it knows none, internal and open.");
  if (capabilities.networkPolicies.includes(network)) return;
  refuse("network", network === "none" ? "a sandbox without a network is reached by a socket, and this server shares no directory with the engine (AGENT_SDK_DOCKER_SOCKET_DIR)." : "this server has no way into such a network.");
}

/** @throws AgentSdkError `bad_request` that names the first field that cannot be honoured in full. */
export function validateRecipe(recipe: SandboxRecipe, options: DockerOptions, connection: Connection | undefined): void {
  const capabilities = capabilitiesOf(options, connection);
  checkImage(recipe, options);
  if (recipe.root !== undefined && !posix.isAbsolute(recipe.root)) refuse("root", "it is not an absolute path.");
  workingDirectory(null, recipe);
  for (const name of recipe.sharedMounts ?? []) sharedMountTarget(name);
  checkResources(recipe, capabilities, connection);
  checkNetwork(recipe, capabilities);
}
