import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLogger } from "@agent-sdk/core";
import { readConfig } from "../../src/config.ts";
import { runServer } from "../../src/run-server.ts";

export interface RealServer extends AsyncDisposable {
  readonly url: string;
  readonly home: string;
}

/** The whole server in this process, on a home directory and an embedded database of its own. Disposing it leaves nothing. */
export async function startRealServer(environment: Readonly<Record<string, string>> = {}): Promise<RealServer> {
  const home = await mkdtemp(join(tmpdir(), "agent-sdk-server-"));
  const variables = { AGENT_SDK_HOME: home, AGENT_SDK_ISOLATION: "process", PORT: "0", AGENT_SDK_SHUTDOWN_GRACE_S: "1", ...environment };
  const server = await runServer(readConfig(variables), { log: silentLogger, version: "test", environment: variables });
  return {
    url: server.url,
    home,
    async [Symbol.asyncDispose]() {
      await server.stop();
      await rm(home, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

export interface CallAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

/** One call by hand: what goes over the wire, and not a client's view of it. */
export async function call(server: { readonly url: string }, method: string, path: string, body?: unknown): Promise<CallAnswer> {
  const init = body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } };
  const response = await fetch(new URL(path, server.url), { method, ...init });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === "" ? {} : (JSON.parse(text) as Record<string, unknown>) };
}
