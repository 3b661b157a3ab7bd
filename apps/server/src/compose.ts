import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createCatalogue, loadRegistry, type AgentCatalogue } from "@agent-sdk/agents";
import { AgentSdkError, describeError, systemEnv, type Logger } from "@agent-sdk/core";
import { defaultPoolOptions, SessionPool, type PoolOptions } from "@agent-sdk/pool";
import { openStore, type OpenedStore, type StoreLocation } from "@agent-sdk/store-postgres";
import { supervisorTransport } from "@agent-sdk/supervisor/client";
import { createAccess, type Access } from "./access/access.ts";
import { composeProviders, type Providers } from "./compose-providers.ts";
import type { ServerConfig } from "./config.ts";
import { keysOfFile } from "./encryption-keys.ts";

/** Everything behind the HTTP interface, running. */
export interface Composition {
  readonly service: SessionPool;
  readonly access: Access;
  readonly credentialNames: ReadonlySet<string>;
  readonly agentTypes: AgentCatalogue["describe"];
  /** How sandboxes are separated from this machine. */
  readonly isolation: string;
  /** Ends the streams, gives the sessions back and closes the store, in this order. Idempotent. */
  stop(options: { readonly graceMs: number }): Promise<void>;
}

function storeLocation(config: ServerConfig): StoreLocation {
  return config.databaseUrl === undefined ? { dataDirectory: join(config.home, "database") } : { databaseUrl: config.databaseUrl };
}

/** The scripted agent of the repository that this server was built in; an installed server has none. */
function repositoryDemoAgent(): string | undefined {
  const path = fileURLToPath(new URL("../../../tooling/scripted-agent/scripted-agent.mjs", import.meta.url));
  return existsSync(path) ? path : undefined;
}

function serverCredentials(catalogue: AgentCatalogue, environment: NodeJS.ProcessEnv): Record<string, string> {
  // What an agent's vendor is reached at belongs to the credentials: they are good for nothing elsewhere.
  const names = [...catalogue.credentialNames, ...catalogue.endpointNames];
  return Object.fromEntries(names.flatMap((name) => (environment[name] ? [[name, environment[name]]] : [])));
}

function poolOptions(config: ServerConfig, given: { readonly origin: string; readonly url: string; readonly credentials: Record<string, string> }): Partial<PoolOptions> {
  return {
    origin: given.origin,
    replicaUrl: config.replicaUrl ?? given.url,
    soleReplica: config.databaseUrl === undefined,
    reaperIdleMs: config.reaperIdleMs,
    reaperIntervalMs: config.reaperIntervalMs,
    defaultPermissions: config.permissions ?? null,
    permissionTimeoutMs: config.permissionTimeoutMs ?? null,
    serverCredentials: given.credentials,
  };
}

/** Encrypts anew what an earlier configuration left, while the server works. What is left of it is found at the next start. */
function startResealing(opened: OpenedStore, log: Logger): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const done = opened.reseal({ signal: stopping.signal }).then(
    (values) => {
      if (values > 0) log.info({ values }, "what is secret in the database was encrypted with the present key");
    },
    (error: unknown) => {
      if (!stopping.signal.aborted) log.error({ error: describeError(error) }, "what is secret in the database could not be encrypted with the present key; the next start tries again");
    },
  );
  return {
    stop: () => {
      stopping.abort(new AgentSdkError("aborted", "The server is shutting down."));
      return done;
    },
  };
}

/**
 * Opens the store, brings its schema up to date, and starts the pool on the providers. Here and there alone concrete parts are named.
 * What was opened is closed again when a later step fails.
 * @param options.url where this server answers, for other replicas to know
 */
export async function compose(config: ServerConfig, options: { readonly log: Logger; readonly url: string; readonly environment: NodeJS.ProcessEnv }): Promise<Composition> {
  const env = systemEnv({ log: options.log });
  const encryptionKeys = config.encryptionKeys.length > 0 ? config.encryptionKeys : await keysOfFile(config.encryptionKeyFile);
  const opened = await openStore(storeLocation(config), { env, encryptionKeys, leaseTtlMs: defaultPoolOptions.leaseTtlMs });
  let providers: Providers | undefined;
  try {
    await opened.store.migrate();
    const supervisors = supervisorTransport(env);
    const demoAgentPath = config.demoAgentPath ?? repositoryDemoAgent();
    const registry = await loadRegistry({ source: config.registry, directory: config.runtimeDirectory, env });
    const catalogue = createCatalogue({ runtimeDirectory: config.runtimeDirectory, env, demoAgentPath, registry });
    const { store, notifications } = opened;
    // Servers of one database share its sandboxes; those of another must not take them for orphans, even on the same machine.
    const origin = config.origin ?? (await store.deploymentId());
    const composed = composeProviders(config, { env, transport: supervisors, deployment: origin });
    providers = composed;
    const credentials = serverCredentials(catalogue, options.environment);
    const service = new SessionPool({ ...env, store, notifications, providers: composed.byName, supervisors, catalogue }, poolOptions(config, { origin, url: options.url, credentials }));
    await service.start();
    const access = createAccess(env, store, config.apiKeys);
    const resealing = startResealing(opened, options.log);
    let stopping: Promise<void> | undefined;
    const stop = async (graceMs: number): Promise<void> => {
      await Promise.all([resealing.stop(), access.stop()]);
      await service.stop({ graceMs });
      await composed[Symbol.asyncDispose]();
      await opened[Symbol.asyncDispose]();
    };
    return { service, access, credentialNames: catalogue.credentialNames, agentTypes: () => catalogue.describe(), isolation: composed.isolation, stop: ({ graceMs }) => (stopping ??= stop(graceMs)) };
  } catch (error) {
    await providers?.[Symbol.asyncDispose]();
    await opened[Symbol.asyncDispose]();
    throw error;
  }
}
