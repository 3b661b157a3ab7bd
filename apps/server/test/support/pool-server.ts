import { createCatalogue } from "@agent-sdk/agents";
import { AgentSdkError, localNotifications, silentLogger, systemEnv, type Logger, type RuntimeEnv, type SandboxProvider, type Store } from "@agent-sdk/core";
import { memoryStore } from "@agent-sdk/core/testing";
import { SessionPool } from "@agent-sdk/pool";
import { createAccess, type Access } from "../../src/access/access.ts";
import { parseEnvironmentKeys } from "../../src/access/environment-keys.ts";
import { createApp } from "../../src/app.ts";
import { listen } from "../../src/http/listen.ts";

/** A backend that has volumes and nothing else: enough for sessions that are never brought up. */
function volumesOnly(): SandboxProvider {
  const none = async (): Promise<never> => {
    throw new AgentSdkError("provider_failed", "There are no sandboxes here.");
  };
  return {
    name: "unix_local",
    capabilities: { isolation: "none", sharedWorkspace: true, stop: false, pause: false, snapshot: false, images: false, resources: [], networkPolicies: [], volumeFiles: false },
    validate: () => undefined,
    create: none,
    attach: none,
    status: async () => "missing",
    stop: none,
    destroy: async () => undefined,
    async *list() {},
    volumes: { create: async (name) => ({ ref: name }), destroy: async () => undefined, exists: async () => true, files: () => { throw new AgentSdkError("not_supported", "There are no files here."); } },
    [Symbol.asyncDispose]: async () => undefined,
  };
}

export interface PoolServer extends AsyncDisposable {
  readonly url: string;
  readonly store: Store;
  readonly access: Access;
}

export interface PoolServerOptions {
  readonly apiKeys?: string;
  readonly allowedOrigins?: readonly string[];
  readonly log?: Logger;
  /** Several servers on one. */
  readonly store?: Store;
  readonly env?: RuntimeEnv;
}

/** The app over the real pool and a store in memory, where several may share one as replicas do. */
export async function startPoolServer(options: PoolServerOptions = {}): Promise<PoolServer> {
  const env = { ...systemEnv(), log: options.log ?? silentLogger, ...options.env };
  const store = options.store ?? memoryStore(env);
  const provider = volumesOnly();
  const supervisors = { connect: (): never => { throw new Error("there are no sandboxes"); } };
  const catalogue = createCatalogue({ runtimeDirectory: "/nowhere", demoAgentPath: "/nowhere/agent" });
  const pool = new SessionPool({ ...env, store, notifications: localNotifications(), providers: new Map([[provider.name, provider]]), supervisors, catalogue });
  await pool.start();
  const access = createAccess(env, store, parseEnvironmentKeys(options.apiKeys ?? ""));
  const listening = await listen({ host: "127.0.0.1", port: 0 });
  const stream = { stallMs: 30_000, heartbeatMs: 20_000 };
  listening.serve(createApp({ service: pool, pool, access, credentialNames: new Set(), agentTypes: () => catalogue.describe(), log: env.log, version: "test", stream, allowedOrigins: options.allowedOrigins ?? [], isDraining: () => false }));
  return {
    url: listening.url,
    store,
    access,
    [Symbol.asyncDispose]: async () => {
      await access.stop();
      await pool.stop({ graceMs: 100 });
      await listening.close();
    },
  };
}
