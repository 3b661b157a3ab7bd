import type { RuntimeEnv } from "@agent-sdk/core";
import { describeError, sleep } from "@agent-sdk/core";
import { Client } from "pg";
import { clientConfig, endWithin, trackSockets } from "../database/postgres.ts";
import type { Timeouts } from "../database/timeouts.ts";

export interface ListenOptions {
  readonly databaseUrl: string;
  readonly env: RuntimeEnv;
  readonly timeouts: Timeouts;
  readonly channel: string;
}

const shortestPauseMs = 100;
const longestPauseMs = 5_000;
/** How often a silent connection is asked whether it is there: a half-open one says nothing by itself. */
const probeMs = 5_000;

/** Resolves when the connection has ended, or does not answer. */
async function untilLost(client: Client, env: RuntimeEnv, signal: AbortSignal): Promise<void> {
  const lost = new AbortController();
  client.once("end", () => lost.abort());
  const ended = AbortSignal.any([lost.signal, signal]);
  while (!ended.aborted) {
    await sleep(env, probeMs, { signal: ended }).catch(() => undefined);
    if (!ended.aborted) await client.query("select 1");
  }
}

async function listenOnce(options: ListenOptions, heard: (payload: string) => void, control: { readonly signal: AbortSignal; readonly connected: () => void }): Promise<void> {
  const sockets = trackSockets();
  const client = new Client({ ...clientConfig(options), stream: sockets.stream, application_name: "agent-sdk listener" });
  client.on("error", (error) => options.env.log.warn({ error: describeError(error) }, "the listening database connection ended"));
  client.on("notification", (message) => heard(message.payload ?? ""));
  try {
    await client.connect();
    await client.query(`listen ${client.escapeIdentifier(options.channel)}`);
    control.connected();
    await untilLost(client, options.env, control.signal);
  } finally {
    await endWithin(client.end(), sockets, options).catch((error: unknown) => options.env.log.debug({ error: describeError(error) }, "the listening connection did not end well"));
  }
}

async function keepListening(options: ListenOptions, heard: (payload: string) => void, signal: AbortSignal): Promise<void> {
  const { env } = options;
  let pauseMs = shortestPauseMs;
  const connected = (): void => {
    pauseMs = shortestPauseMs;
  };
  while (!signal.aborted) {
    await listenOnce(options, heard, { signal, connected }).catch((error: unknown) => {
      env.log.warn({ error: describeError(error) }, "cannot listen for notifications; polling goes on");
    });
    await sleep(env, pauseMs * (0.5 + env.random.number() / 2), { signal }).catch(() => undefined);
    pauseMs = Math.min(pauseMs * 2, longestPauseMs);
  }
}

/** Listens on a connection of its own until disposed, and connects again, with growing pauses, whenever that is lost. */
export function listen(options: ListenOptions, heard: (payload: string) => void): AsyncDisposable {
  const stop = new AbortController();
  const listening = keepListening(options, heard, stop.signal);
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await listening;
    },
  };
}
