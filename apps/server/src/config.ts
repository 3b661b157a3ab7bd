import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import type { EncryptionKey } from "@agent-sdk/store-postgres";
import * as z from "zod";
import { parseEnvironmentKeys, type EnvironmentKey } from "./access/environment-keys.ts";
import { ConfigError } from "./config-error.ts";
import { parseEncryptionKeys } from "./encryption-keys.ts";
import { dockerSettings, type DockerSettings } from "./docker-settings.ts";
import { isLoopbackHost } from "./http/loopback.ts";

/** Everything that the environment decides, parsed in this one place. Times in milliseconds. */
export interface ServerConfig {
  readonly host: string;
  readonly port: number;
  /** Where volumes, sockets and the embedded database live. */
  readonly home: string;
  /** Undefined: the embedded database below `home`. Holds a password: never logged. */
  readonly databaseUrl: string | undefined;
  /** What is secret in the database is encrypted with the first. Empty: with a key of the file {@link encryptionKeyFile}. */
  readonly encryptionKeys: readonly EncryptionKey[];
  /** Beside the embedded database, not in it. */
  readonly encryptionKeyFile: string;
  /** Empty: no key is asked for, and only this machine is answered. */
  readonly apiKeys: readonly EnvironmentKey[];
  /** Sites whose pages may call; `*` for all. */
  readonly allowedOrigins: readonly string[];
  readonly reaperIdleMs: number;
  readonly reaperIntervalMs: number;
  readonly isolation: Isolation;
  /** Undefined: by the isolation of a session's sandbox. */
  readonly permissions: "allow" | "ask" | "deny" | undefined;
  /** Undefined: questions wait without end. */
  readonly permissionTimeoutMs: number | undefined;
  /** Undefined: the database's own id. */
  readonly origin: string | undefined;
  readonly runtimeDirectory: string;
  readonly replicaUrl: string | undefined;
  /** A URL or file with a registry of agents; undefined: the bundled one. */
  readonly registry: string | undefined;
  /** The scripted agent's file, which becomes the agent type `demo`. Undefined: the repository's own, where it is there. */
  readonly demoAgentPath: string | undefined;
  readonly docker: DockerSettings;
  /** Where sandboxes are made that a session does not say it of. */
  readonly defaultProvider: string;
  readonly logLevel: LogLevel;
  readonly streamStallMs: number;
  readonly streamHeartbeatMs: number;
  readonly shutdownGraceMs: number;
}

export type Isolation = "auto" | "namespace" | "process";
export type LogLevel = "debug" | "error" | "info" | "silent" | "warn";

const port = z.string().regex(/^\d{1,5}$/, { error: "must be a port" }).transform(Number).pipe(z.number().max(65_535, { error: "must be a port" }));
const seconds = z.string().regex(/^\d+(\.\d+)?$/, { error: "must be a number of seconds" }).transform((value) => Number(value) * 1000);

const variables = z.object({
  PORT: port.optional(),
  AGENT_SDK_PORT: port.optional(),
  HOST: z.string().optional(),
  AGENT_SDK_HOME: z.string().optional(),
  DATABASE_URL: z.string().regex(/^postgres(ql)?:\/\//, { error: "must begin with postgres://" }).optional(),
  AGENT_SDK_ENCRYPTION_KEYS: z.string().optional(),
  AGENT_SDK_API_KEYS: z.string().optional(),
  AGENT_SDK_API_KEY: z.string().optional(),
  AGENT_SDK_ALLOWED_ORIGINS: z.string().optional(),
  AGENT_SDK_REAPER_IDLE_S: seconds.refine((value) => value >= 1000, { error: "must be at least 1: a sandbox is not to be hibernated under its own prompt" }).optional(),
  AGENT_SDK_REAPER_INTERVAL_S: seconds.refine((value) => value > 0, { error: "must be above 0" }).optional(),
  AGENT_SDK_ISOLATION: z.enum(["auto", "namespace", "process"], { error: "must be auto, namespace or process" }).optional(),
  AGENT_SDK_PERMISSIONS: z.enum(["allow", "ask", "deny"], { error: "must be allow, ask or deny" }).optional(),
  AGENT_SDK_PERMISSION_TIMEOUT_S: seconds.refine((value) => value >= 1000, { error: "must be at least 1" }).optional(),
  AGENT_SDK_ORIGIN: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, { error: "must be a name" }).optional(),
  AGENT_SDK_RUNTIME_DIR: z.string().optional(),
  AGENT_SDK_DEMO_AGENT: z.string().optional(),
  AGENT_SDK_REGISTRY: z.string().optional(),
  AGENT_SDK_REPLICA_URL: z.url({ error: "must be a URL" }).optional(),
  LOG_LEVEL: z.enum(["debug", "info", "warn", "error", "silent"], { error: "must be debug, info, warn, error or silent" }).optional(),
  AGENT_SDK_STREAM_STALL_S: seconds.refine((value) => value > 0, { error: "must be above 0" }).optional(),
  AGENT_SDK_STREAM_HEARTBEAT_S: seconds.refine((value) => value > 0, { error: "must be above 0" }).optional(),
  AGENT_SDK_SHUTDOWN_GRACE_S: seconds.optional(),
  AGENT_SDK_DEFAULT_PROVIDER: z.enum(["unix_local", "docker"], { error: "must be unix_local or docker" }).optional(),
});

type Variables = z.output<typeof variables>;

/** A variable that is set to nothing is not set. */
function withoutEmpty(environment: NodeJS.ProcessEnv): Record<string, string> {
  const entries = Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1].trim() !== "");
  return Object.fromEntries(entries.map(([name, value]) => [name, value.trim()]));
}

function parseVariables(environment: NodeJS.ProcessEnv): Variables {
  const result = variables.safeParse(withoutEmpty(environment));
  if (result.success) return result.data;
  // The value is not repeated: it may hold a password.
  throw new ConfigError(result.error.issues.map((issue) => `${String(issue.path[0])} ${issue.message}`).join("; ") + ".");
}

function expand(path: string): string {
  const expanded = path === "~" || path.startsWith("~/") ? join(homedir(), path.slice(1)) : path;
  return isAbsolute(expanded) ? expanded : resolve(expanded);
}

function apiKeysOf(given: Variables): readonly EnvironmentKey[] {
  return parseEnvironmentKeys([given.AGENT_SDK_API_KEYS, given.AGENT_SDK_API_KEY].filter((value) => value !== undefined).join(","));
}

function allowedOriginsOf(given: Variables, apiKeys: readonly EnvironmentKey[]): readonly string[] {
  const origins = (given.AGENT_SDK_ALLOWED_ORIGINS ?? "").split(",").map((origin) => origin.trim()).filter((origin) => origin !== "");
  for (const origin of origins) {
    if (origin === "*" || (URL.parse(origin)?.origin === origin && !origin.includes("*"))) continue;
    throw new ConfigError("AGENT_SDK_ALLOWED_ORIGINS must be origins like https://app.example.com, without a path, separated by commas.");
  }
  if (origins.includes("*") && apiKeys.length === 0) throw new ConfigError("AGENT_SDK_ALLOWED_ORIGINS is *, but no API key is configured: any page could use this server.");
  return origins;
}

function assertHostAllowed(host: string, apiKeys: readonly EnvironmentKey[]): void {
  if (apiKeys.length > 0 || isLoopbackHost(host)) return;
  throw new ConfigError(`HOST is ${host}, which others can reach, but no API key is configured: set AGENT_SDK_API_KEY, or leave HOST out to listen on localhost only.`);
}

/** Servers that share a database must share their keys, and a container's disk may be gone tomorrow: there, no key is made up. */
function encryptionKeysOf(given: Variables): readonly EncryptionKey[] {
  const text = given.AGENT_SDK_ENCRYPTION_KEYS;
  if (text !== undefined) return parseEncryptionKeys(text, "AGENT_SDK_ENCRYPTION_KEYS");
  if (given.DATABASE_URL === undefined) return [];
  throw new ConfigError("AGENT_SDK_ENCRYPTION_KEYS is not set, and DATABASE_URL is: secrets are stored encrypted, with a key that all servers of a database share. Make one with ./scripts/encryption-key and keep it as safe as the database.");
}

/**
 * The configuration of a process's environment.
 * @throws ConfigError with a sentence that names the variable.
 */
export function readConfig(environment: NodeJS.ProcessEnv): ServerConfig {
  const given = parseVariables(environment);
  const home = expand(given.AGENT_SDK_HOME ?? "~/.agent-sdk");
  const apiKeys = apiKeysOf(given);
  const host = given.HOST ?? "127.0.0.1";
  assertHostAllowed(host, apiKeys);
  return {
    host,
    port: given.PORT ?? given.AGENT_SDK_PORT ?? 7778,
    home,
    databaseUrl: given.DATABASE_URL,
    encryptionKeys: encryptionKeysOf(given),
    encryptionKeyFile: join(home, "encryption.key"),
    apiKeys,
    allowedOrigins: allowedOriginsOf(given, apiKeys),
    reaperIdleMs: given.AGENT_SDK_REAPER_IDLE_S ?? 180_000,
    reaperIntervalMs: given.AGENT_SDK_REAPER_INTERVAL_S ?? 60_000,
    isolation: given.AGENT_SDK_ISOLATION ?? "auto",
    permissions: given.AGENT_SDK_PERMISSIONS,
    permissionTimeoutMs: given.AGENT_SDK_PERMISSION_TIMEOUT_S,
    origin: given.AGENT_SDK_ORIGIN,
    runtimeDirectory: given.AGENT_SDK_RUNTIME_DIR === undefined ? join(home, "runtimes") : expand(given.AGENT_SDK_RUNTIME_DIR),
    replicaUrl: given.AGENT_SDK_REPLICA_URL,
    registry: given.AGENT_SDK_REGISTRY === undefined || /^https?:\/\//.test(given.AGENT_SDK_REGISTRY) ? given.AGENT_SDK_REGISTRY : expand(given.AGENT_SDK_REGISTRY),
    demoAgentPath: given.AGENT_SDK_DEMO_AGENT === undefined ? undefined : expand(given.AGENT_SDK_DEMO_AGENT),
    docker: dockerSettings(withoutEmpty(environment), home),
    defaultProvider: given.AGENT_SDK_DEFAULT_PROVIDER ?? "unix_local",
    logLevel: given.LOG_LEVEL ?? "info",
    streamStallMs: given.AGENT_SDK_STREAM_STALL_S ?? 30_000,
    streamHeartbeatMs: given.AGENT_SDK_STREAM_HEARTBEAT_S ?? 20_000,
    shutdownGraceMs: given.AGENT_SDK_SHUTDOWN_GRACE_S ?? 8000,
  };
}
