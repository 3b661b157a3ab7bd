import type { Logger } from "@agent-sdk/core";
import { createApp } from "./app.ts";
import { compose, type Composition } from "./compose.ts";
import type { ServerConfig } from "./config.ts";
import { listen, type Listening } from "./http/listen.ts";

/** A server that answers. */
export interface RunningServer {
  readonly url: string;
  /** Takes nothing new, ends streams with a goodbye, and resolves when all is closed, at the latest a moment after the grace period. Idempotent. */
  stop(): Promise<void>;
}

async function startAll(config: ServerConfig, listening: Listening, options: { readonly log: Logger; readonly version: string; readonly environment: NodeJS.ProcessEnv }): Promise<{ readonly composition: Composition; readonly drain: () => void }> {
  const { log, version, environment } = options;
  const composition = await compose(config, { log, environment, url: listening.url });
  let draining = false;
  const stream = { stallMs: config.streamStallMs, heartbeatMs: config.streamHeartbeatMs };
  const { service, access, credentialNames, agentTypes } = composition;
  const { allowedOrigins } = config;
  listening.serve(createApp({ service, pool: service, access, credentialNames, agentTypes, defaultProvider: config.defaultProvider, log, version, stream, allowedOrigins, isDraining: () => draining }));
  return {
    composition,
    drain: () => {
      draining = true;
    },
  };
}

/**
 * Takes the port, opens everything behind it, and then answers.
 * @throws AgentSdkError with a sentence for whoever started it; nothing is left open then.
 */
export async function runServer(config: ServerConfig, options: { readonly log: Logger; readonly version: string; readonly environment: NodeJS.ProcessEnv }): Promise<RunningServer> {
  const { log } = options;
  const started = performance.now();
  const listening = await listen({ host: config.host, port: config.port });
  try {
    const { composition, drain } = await startAll(config, listening, options);
    const database = config.databaseUrl === undefined ? "embedded" : "postgres";
    const keys = config.apiKeys.length === 0 ? "none: only this machine is answered" : `${config.apiKeys.length} configured`;
    log.info({ url: listening.url, database, isolation: composition.isolation, api_keys: keys, start_ms: Math.round(performance.now() - started) }, "ready");
    let stopping: Promise<void> | undefined;
    const stop = async (): Promise<void> => {
      drain();
      const graceMs = config.shutdownGraceMs;
      const closed = listening.close({ graceMs });
      await composition.stop({ graceMs });
      await closed;
    };
    return { url: listening.url, stop: () => (stopping ??= stop()) };
  } catch (error) {
    await listening.close();
    throw error;
  }
}
