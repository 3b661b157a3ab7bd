import { randomUUID } from "node:crypto";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemEnv, type Logger, type ProviderCapabilities } from "@agent-sdk/core";
import type { SandboxProviderFixture } from "@agent-sdk/core/contract";
import { supervisorTransport } from "@agent-sdk/supervisor/client";
import Docker from "dockerode";
import { dockerProvider, runtimeReference, type DockerOptions, type DockerProvider } from "../src/index.ts";

/** Where the engine is that the tests use; the usual socket without DOCKER_HOST. */
export const engineHost: string = process.env["DOCKER_HOST"] ?? "unix:///var/run/docker.sock";

/** The engine itself, for looking behind the provider's back. */
export function engine(): Docker {
  return new Docker({ socketPath: engineHost.replace("unix://", "") });
}

/** Why nothing here can be tried; undefined when it can. */
export async function engineMissing(): Promise<string | undefined> {
  if (!engineHost.startsWith("unix://")) return "DOCKER_HOST is not a socket of this machine";
  try {
    await engine().ping();
  } catch {
    return "no Docker engine answers (.ci/run starts one)";
  }
  return engine().getImage(runtimeReference()).inspect().then(
    () => undefined,
    () => "the engine has no runtime image of this version (scripts/build-runtime-image makes one)",
  );
}

export interface DockerFixture extends SandboxProviderFixture {
  readonly provider: DockerProvider;
  /** What stands in the names of this fixture's volumes and sockets. */
  readonly deployment: string;
  readonly socketDirectory: string | undefined;
}

export interface FixtureOptions extends Partial<Omit<DockerOptions, "env" | "transport">> {
  readonly log?: Logger;
  /** Reach supervisors by network instead of sockets. */
  readonly byNetwork?: boolean;
}

/** A provider of its own deployment on the engine. */
export async function dockerFixture({ log, byNetwork, ...options }: FixtureOptions = {}): Promise<DockerFixture> {
  const deployment = `test-${randomUUID().slice(0, 8)}`;
  const base = await mkdtemp(join(tmpdir(), "agent-sdk-docker-"));
  const socketDirectory = byNetwork ? undefined : join(base, "s");
  const env = systemEnv(log ? { log } : {});
  const transport = supervisorTransport(env);
  const open = (): DockerProvider => dockerProvider({ host: engineHost, deployment, socketDirectory, env, transport, ...options });
  const provider = open();
  await provider.connect();
  const docker = engine();
  return {
    provider,
    deployment,
    socketDirectory,
    transport,
    volumeName: "contract",
    recipe: { provider: "docker" },
    reopen: async () => {
      const other = open();
      await other.connect();
      return other;
    },
    async leftovers() {
      const containers = await docker.listContainers({ all: true, filters: { label: ["agent-sdk.sandbox-id"], volume: [`agent-sdk-${deployment}-contract`] } });
      const mounted = await docker.listContainers({ all: true, filters: { label: ["agent-sdk.sandbox-id"] } });
      const ours = mounted.filter(({ Mounts }) => Mounts.some(({ Source }) => Source.includes(deployment)));
      const sockets = socketDirectory === undefined ? [] : await readdir(socketDirectory);
      return [...new Set([...containers, ...ours].map(({ Names, State }) => `container ${Names[0]} ${State}`)), ...sockets.map((name) => `socket directory ${name}`)];
    },
    async [Symbol.asyncDispose]() {
      await provider[Symbol.asyncDispose]();
      const { Volumes } = await docker.listVolumes({ filters: { label: [`agent-sdk.deployment=${deployment}`] } });
      for (const { Name } of Volumes) await docker.getVolume(Name).remove();
      await rm(base, { recursive: true, force: true });
    },
  };
}

export const capabilities: ProviderCapabilities = {
  isolation: "container", sharedWorkspace: true, stop: true, pause: true, snapshot: false, images: true, resources: ["cpu", "memory"],
  networkPolicies: ["none", "internal", "open"], volumeFiles: true, includesAgents: true,
};
