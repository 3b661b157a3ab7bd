import { createCatalogue } from "@agent-sdk/agents";
import { silentLogger, systemEnv, type Logger } from "@agent-sdk/core";
import { memoryStore } from "@agent-sdk/core/testing";
import { createAccess } from "../../src/access/access.ts";
import { parseEnvironmentKeys } from "../../src/access/environment-keys.ts";
import { createApp } from "../../src/app.ts";
import { listen } from "../../src/http/listen.ts";
import { poolInMemory } from "./memory-pool.ts";
import { MemorySessions } from "./memory-sessions.ts";

export interface TestServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly service: MemorySessions;
  /** Creates a session without a sandbox. @returns its id */
  createSession(): Promise<string>;
  setDraining(draining: boolean): void;
}

/** The real app behind a real HTTP server on a free loopback port, over sessions in memory. */
export async function startTestServer(options: { readonly apiKeys?: readonly string[]; readonly allowedOrigins?: readonly string[]; readonly stallMs?: number; readonly heartbeatMs?: number; readonly log?: Logger; readonly port?: number; readonly service?: MemorySessions } = {}): Promise<TestServer> {
  const service = options.service ?? new MemorySessions();
  const pool = poolInMemory();
  const env = systemEnv();
  const access = createAccess(env, memoryStore(env), parseEnvironmentKeys((options.apiKeys ?? []).join(",")));
  let draining = false;
  const app = createApp({
    service,
    pool,
    log: options.log ?? silentLogger,
    version: "test",
    stream: { stallMs: options.stallMs ?? 30_000, heartbeatMs: options.heartbeatMs ?? 20_000 },
    credentialNames: new Set(["SCRIPTED_KEY"]),
    agentTypes: () => createCatalogue({ runtimeDirectory: "/nowhere" }).describe(),
    access,
    allowedOrigins: options.allowedOrigins ?? [],
    isDraining: () => draining,
  });
  const listening = await listen({ host: "127.0.0.1", port: options.port ?? 0 });
  listening.serve(app);
  return {
    url: listening.url,
    port: listening.port,
    service,
    createSession: async () => {
      const recipe = { provider: "unix_local" };
      const agent = { id: "00000000-0000-4000-8000-000000000001" };
      const settings = { cwd: null, workspace: null, env: {}, secrets: {}, permissions: null };
      return (await service.create({ tenant: "default", agent, settings, recipe, provision: false })).id;
    },
    setDraining: (value) => {
      draining = value;
    },
    [Symbol.asyncDispose]: async () => {
      await access.stop();
      await listening.close({ graceMs: 0 });
    },
  };
}
