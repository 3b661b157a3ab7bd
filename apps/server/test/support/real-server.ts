import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Logger } from "@agent-sdk/core";
import { readConfig } from "../../src/config.ts";
import { runServer } from "../../src/run-server.ts";

/** One line of the server's log. */
export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface RealServer extends AsyncDisposable {
  readonly url: string;
  readonly home: string;
  readonly log: readonly LogLine[];
}

function collectingLogger(lines: LogLine[]): Logger {
  const at = (level: string) => (fields: Readonly<Record<string, unknown>>, message: string): void => {
    lines.push({ level, message, fields });
  };
  return { debug: () => undefined, info: at("info"), warn: at("warn"), error: at("error") };
}

/** Sandboxes outlive their server, so a test's sessions are deleted before it ends. */
async function deleteSessions(url: string, headers: Readonly<Record<string, string>>): Promise<void> {
  for (;;) {
    const page = (await (await fetch(`${url}/sessions?limit=500`, { headers })).json()) as readonly { readonly session_id: string }[];
    if (page.length === 0) return;
    const answers = await Promise.all(page.map((session) => fetch(`${url}/sessions/${session.session_id}`, { method: "DELETE", headers })));
    const failed = answers.find((answer) => !answer.ok);
    if (failed !== undefined) throw new Error(`a session of the test cannot be deleted: ${failed.status} ${await failed.text()}`);
  }
}

/** The whole server in this process, on a home directory and an embedded database of its own. Disposing it deletes its sessions and leaves nothing. */
export async function startRealServer(environment: Readonly<Record<string, string>> = {}): Promise<RealServer> {
  const home = await mkdtemp(join(tmpdir(), "agent-sdk-server-"));
  const variables = { AGENT_SDK_HOME: home, AGENT_SDK_ISOLATION: "process", PORT: "0", AGENT_SDK_SHUTDOWN_GRACE_S: "1", ...environment };
  const log: LogLine[] = [];
  // `tenant:scopes:key`, or the key alone.
  const keys = [environment["AGENT_SDK_API_KEY"], environment["AGENT_SDK_API_KEYS"]].flatMap((given) => given?.split(",") ?? []).map((entry) => entry.split(":").at(-1) ?? "");
  const server = await runServer(readConfig(variables), { log: collectingLogger(log), version: "test", environment: variables });
  return {
    url: server.url,
    home,
    log,
    async [Symbol.asyncDispose]() {
      try {
        if (keys.length === 0) await deleteSessions(server.url, {});
        for (const key of keys) await deleteSessions(server.url, { authorization: `Bearer ${key}` });
      } finally {
        await server.stop();
        await rm(home, { recursive: true, force: true, maxRetries: 5 });
      }
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
