import { existsSync } from "node:fs";
import { join } from "node:path";
import type { DockerOptions } from "@agent-sdk/provider-docker";
import * as z from "zod";
import { ConfigError } from "./config-error.ts";

const usualSocket = "/var/run/docker.sock";

/** What the environment says about Docker. */
export interface DockerSettings extends Omit<DockerOptions, "deployment" | "env" | "transport"> {
  /** Docker is offered: an engine is named, or stands at its usual place. */
  readonly isOffered: boolean;
}

const amount = z.string().regex(/^\d+(\.\d+)?$/, { error: "must be a number" }).transform(Number).pipe(z.number().positive({ error: "must be above 0" }));
const directory = z.string().startsWith("/", { error: "must be an absolute path" });

const variables = z.object({
  DOCKER_HOST: z.string().regex(/^(unix:\/\/\/|tcp:\/\/|https?:\/\/)/, { error: "must be unix:///path, tcp://host:port or https://host:port" }).optional(),
  DOCKER_TLS_VERIFY: z.string().optional(),
  DOCKER_CERT_PATH: directory.optional(),
  AGENT_SDK_DOCKER_IMAGE: z.string().optional(),
  AGENT_SDK_DOCKER_SOCKET_DIR: z.union([z.literal("none"), directory], { error: "must be an absolute path, or none" }).optional(),
  AGENT_SDK_DOCKER_NETWORK: z.string().optional(),
  AGENT_SDK_DOCKER_PUBLISH_ADDRESS: z.string().optional(),
  AGENT_SDK_DOCKER_CONTEXT_DIR: directory.optional(),
  AGENT_SDK_DOCKER_CPUS: amount.optional(),
  AGENT_SDK_DOCKER_MEMORY_MIB: amount.optional(),
});

type Variables = z.output<typeof variables>;

/** Sockets need a server whose files the sandboxes' user may use, on the engine's own machine. */
function socketDirectory(given: Variables, home: string): string | undefined {
  const { AGENT_SDK_DOCKER_SOCKET_DIR: wanted, DOCKER_HOST: host = `unix://${usualSocket}` } = given;
  if (wanted !== undefined) return wanted === "none" ? undefined : wanted;
  const mayShare = process.platform === "linux" && [0, 1000].includes(process.getuid?.() ?? -1);
  return mayShare && host.startsWith("unix:") ? join(home, "docker") : undefined;
}

/**
 * Reads what concerns Docker of an environment in which nothing is empty.
 * @param home where the server keeps its own things
 * @throws ConfigError with a sentence that names the variable.
 */
export function dockerSettings(environment: Readonly<Record<string, string>>, home: string): DockerSettings {
  const parsed = variables.safeParse(environment);
  if (!parsed.success) throw new ConfigError(parsed.error.issues.map((issue) => `${String(issue.path[0])} ${issue.message}`).join("; ") + ".");
  const given = parsed.data;
  const names = (Object.keys(given) as (keyof Variables)[]).filter((name) => name.startsWith("AGENT_SDK_DOCKER_"));
  return {
    isOffered: given.DOCKER_HOST !== undefined || names.some((name) => given[name] !== undefined) || existsSync(usualSocket),
    host: given.DOCKER_HOST,
    secure: given.DOCKER_TLS_VERIFY !== undefined,
    certificateDirectory: given.DOCKER_CERT_PATH,
    image: given.AGENT_SDK_DOCKER_IMAGE,
    socketDirectory: socketDirectory(given, home),
    network: given.AGENT_SDK_DOCKER_NETWORK,
    publishAddress: given.AGENT_SDK_DOCKER_PUBLISH_ADDRESS,
    contextDirectory: given.AGENT_SDK_DOCKER_CONTEXT_DIR,
    defaults: { cpus: given.AGENT_SDK_DOCKER_CPUS, memoryMib: given.AGENT_SDK_DOCKER_MEMORY_MIB },
  };
}
