import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AgentCatalogue, AgentDefinition } from "@agent-sdk/agents";
import { createCatalogue } from "@agent-sdk/agents";
import type { AgentConfig, JsonObject, Logger, Notifications, Permissions, Prompt, RuntimeEnv, SandboxProvider, Session, SessionLimits, Store, StoredEvent } from "@agent-sdk/core";
import { isTerminalPromptState, localNotifications, silentLogger, sleep, systemEnv } from "@agent-sdk/core";
import { memoryStore } from "@agent-sdk/core/testing";
import { unixLocalProvider } from "@agent-sdk/provider-unix-local";
import { scriptedAgentPath } from "@agent-sdk/scripted-agent";
import { supervisorTransport } from "@agent-sdk/supervisor/client";
import type { CreateSession, PoolEnv, PoolOptions } from "../../src/index.ts";
import { SessionPool } from "../../src/index.ts";
import { demoConfig } from "./stored-session.ts";

const stderrLogger: Logger = {
  debug() {},
  info: (fields, message) => console.error("info", message, JSON.stringify(fields)),
  warn: (fields, message) => console.error("warn", message, JSON.stringify(fields)),
  error: (fields, message) => console.error("error", message, JSON.stringify(fields)),
};

/** Quick enough for tests, in the proportions of the defaults. */
const quick: Partial<PoolOptions> = { leaseTtlMs: 1500, heartbeatMs: 300, scanMs: 150, cancelGraceMs: 1000, unreachableMs: 1500, reaperIdleMs: 60_000, reaperIntervalMs: 100 };

/** A pool on the real supervisor, the real local provider and the scripted agent; only its store is in memory. */
export class RealPool implements AsyncDisposable {
  readonly home: string;
  readonly env: RuntimeEnv = systemEnv({ log: process.env["POOL_TEST_LOG"] ? stderrLogger : silentLogger });
  readonly store: Store;
  readonly provider: SandboxProvider;
  readonly catalogue: AgentCatalogue;
  readonly notifications: Notifications = localNotifications();
  readonly #pools: SessionPool[] = [];

  private constructor(home: string, definitions: readonly AgentDefinition[]) {
    this.home = home;
    this.store = memoryStore(this.env);
    const runtimeDirectory = join(home, "runtime");
    this.provider = unixLocalProvider({ home, runtimeDirectory, isolation: "process", env: this.env, transport: supervisorTransport(this.env) });
    this.catalogue = createCatalogue({ runtimeDirectory, demoAgentPath: scriptedAgentPath, env: this.env, definitions });
  }

  /** `definitions`: agents besides those of the catalogue. */
  static async create(definitions: readonly AgentDefinition[] = []): Promise<RealPool> {
    return new RealPool(await mkdtemp(join(tmpdir(), "agent-sdk-pool-")), definitions);
  }

  /** One more replica on the same store. `replace`: parts that are not the subject's own. */
  async start(options: Partial<PoolOptions> = {}, replace: Partial<PoolEnv> = {}): Promise<SessionPool> {
    const providers = new Map([[this.provider.name, this.provider]]);
    const { store, notifications, catalogue, env } = this;
    const pool = new SessionPool({ ...env, store, notifications, catalogue, providers, supervisors: supervisorTransport(env), ...replace }, { ...quick, ...options });
    this.#pools.push(pool);
    await pool.start();
    return pool;
  }

  /** Sandboxes that exist now. */
  async sandboxes(): Promise<readonly string[]> {
    const found: string[] = [];
    for await (const summary of this.provider.list({ origin: "local" })) found.push(summary.labels.sandboxId);
    return found;
  }

  /** kill -9 of every agent of this home's sandboxes; their supervisors live on. */
  async killAgents(): Promise<void> {
    for (const name of await readdir("/proc")) {
      if (!/^\d+$/.test(name)) continue;
      const [command, environment] = await Promise.all(["cmdline", "environ"].map((file) => readFile(join("/proc", name, file), "latin1").catch(() => "")));
      if (command?.includes("scripted-agent") && environment?.includes(this.home)) process.kill(Number(name), "SIGKILL");
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const [pool] = this.#pools;
    if (pool) {
      const cleaner = await this.start();
      for (;;) {
        const { items } = await this.store.sessions.list({}, { limit: 100 });
        if (items.length === 0) break;
        for (const session of items) await cleaner.delete(session.tenant, session.id);
      }
      await Promise.all(this.#pools.map((each) => each.stop()));
    }
    const left = await this.sandboxes();
    const directories = await readdir(join(this.home, "sandboxes")).catch(() => []);
    await this.provider[Symbol.asyncDispose]();
    await this.store[Symbol.asyncDispose]();
    await rm(this.home, { recursive: true, force: true });
    if (left.length > 0 || directories.length > 0) throw new Error(`left behind: ${[...left, ...directories].join(", ")}`);
  }
}

export interface SessionOptions {
  readonly provision?: boolean;
  readonly config?: Partial<AgentConfig>;
  readonly env?: Record<string, string>;
  readonly permissions?: Permissions;
  readonly limits?: SessionLimits;
  readonly request?: Partial<CreateSession>;
}

export function newSession(pool: SessionPool, options: SessionOptions = {}): Promise<Session> {
  return pool.create({
    tenant: "default",
    agent: { config: { ...demoConfig, ...options.config } },
    settings: { cwd: null, workspace: null, env: options.env ?? {}, secrets: {}, permissions: options.permissions ?? null },
    limits: options.limits,
    recipe: { provider: "unix_local" },
    provision: options.provision ?? true,
    ...options.request,
  });
}

export const text = (value: string): readonly JsonObject[] => [{ type: "text", text: value }];

/** Waits until the prompt has ended, by its row. */
export async function ended(subject: RealPool, sessionId: string, rpcId: string): Promise<Prompt> {
  for (;;) {
    const prompt = await subject.store.prompts.get(sessionId, rpcId);
    if (prompt && isTerminalPromptState(prompt.state)) return prompt;
    await sleep(subject.env, 10);
  }
}

export async function stored(subject: RealPool, sessionId: string): Promise<readonly StoredEvent[]> {
  return subject.store.events.read(sessionId, { after: 0, limit: 1_000_000, maxBytes: 1_000_000_000 });
}

/** What the agent said, in order. */
export function said(events: readonly StoredEvent[], rpcId?: string): string {
  return events
    .filter((event) => rpcId === undefined || event.rpcId === rpcId)
    .map((event) => JSON.parse(event.message) as { params?: { update?: { sessionUpdate?: string; content?: { text?: string } } } })
    .filter((message) => message.params?.update?.sessionUpdate === "agent_message_chunk")
    .map((message) => message.params?.update?.content?.text ?? "")
    .join("");
}

/** The params of our own events of one name. */
export function own(events: readonly StoredEvent[], name: string): readonly JsonObject[] {
  return events.map((event) => JSON.parse(event.message) as { method?: string; params?: JsonObject }).flatMap((message) => (message.method === `_agent_sdk/${name}` && message.params ? [message.params] : []));
}
