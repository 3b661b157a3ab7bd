import { systemEnv } from "@agent-sdk/core";
import type { Commit } from "@agent-sdk/core";
import { Client } from "pg";
import { describe, expect, it } from "vitest";
import type { OpenedStore } from "../src/index.ts";
import { openStore } from "../src/index.ts";
import { administer, postgresForFile } from "./support/postgres-file.ts";
import { insertOwned } from "./support/sessions.ts";
import type { TcpProxy } from "./support/tcp-proxy.ts";
import { startTcpProxy } from "./support/tcp-proxy.ts";

const { postgres } = postgresForFile();

interface Bench extends AsyncDisposable {
  readonly proxy: TcpProxy;
  readonly opened: OpenedStore;
  /** Past the proxy. */
  readonly databaseUrl: string;
}

async function openThroughProxy(): Promise<Bench> {
  const databaseUrl = await postgres().createDatabase();
  const direct = new URL(databaseUrl);
  const proxy = await startTcpProxy({ host: direct.hostname, port: Number(direct.port) });
  const through = new URL(databaseUrl);
  through.port = String(proxy.port);
  const opened = await openStore({ databaseUrl: through.href }, { env: systemEnv(), leaseTtlMs: 800, maxConnections: 2 });
  await opened.store.migrate();
  await insertOwned(opened.store, "s1");
  return {
    proxy,
    opened,
    databaseUrl,
    async [Symbol.asyncDispose]() {
      proxy.reset();
      await opened[Symbol.asyncDispose]();
      await proxy[Symbol.asyncDispose]();
    },
  };
}

const commit: Commit = { commitId: "c1", sessionId: "s1", generation: 1, events: [{ rpcId: null, message: "1" }] };

describe("a connection that says nothing any more", () => {
  it("makes a write's outcome unknown, and repeating it is safe", async () => {
    await using bench = await openThroughProxy();
    bench.proxy.holdAnswers();
    await expect(bench.opened.store.commits.commit([commit])).rejects.toMatchObject({ code: "unknown_outcome" });
    expect(await administer(bench.databaseUrl, "select last_seq::integer from agent_sdk.session_heads")).toEqual([{ last_seq: 1 }]);
    bench.proxy.reset();
    expect(await bench.opened.store.commits.commit([commit])).toMatchObject([{ outcome: "committed", firstSeq: 1, lastSeq: 1 }]);
    expect(await bench.opened.store.events.read("s1", { after: 0, limit: 10 })).toHaveLength(1);
  });

  it("makes a read unavailable", async () => {
    await using bench = await openThroughProxy();
    bench.proxy.freeze();
    await expect(bench.opened.store.sessions.get("s1")).rejects.toMatchObject({ code: "unavailable" });
    bench.proxy.reset();
    expect(await bench.opened.store.sessions.get("s1")).toMatchObject({ id: "s1" });
  });

  it("is not held by a connection that cannot be opened: nothing was written then", async () => {
    await using bench = await openThroughProxy();
    bench.proxy.reset();
    bench.proxy.freeze();
    await expect(bench.opened.store.commits.commit([commit])).rejects.toMatchObject({ code: expect.stringMatching(/^(unavailable|unknown_outcome)$/u) });
    await expect(bench.opened.store.commits.commit([commit])).rejects.toMatchObject({ code: "unavailable" });
    expect(await administer(bench.databaseUrl, "select last_seq::integer from agent_sdk.session_heads")).toEqual([{ last_seq: 0 }]);
  });

  it("does not keep the store from being closed", async () => {
    const bench = await openThroughProxy();
    await bench.opened.store.ping();
    bench.proxy.freeze();
    await bench.opened[Symbol.asyncDispose]();
    await bench.opened[Symbol.asyncDispose]();
    await expect(bench.opened.store.ping()).rejects.toMatchObject({ code: "unavailable" });
    await bench.proxy[Symbol.asyncDispose]();
  });

  it("does not block a takeover for longer than its time-outs: a lock that is held by another ends as unavailable", async () => {
    await using bench = await openThroughProxy();
    const blocker = new Client({ connectionString: bench.databaseUrl });
    await blocker.connect();
    await blocker.query("begin; select 1 from agent_sdk.session_heads for update");
    await expect(bench.opened.store.leases.acquire("s1", "replica")).rejects.toMatchObject({ code: "unavailable" });
    await blocker.query("rollback");
    await blocker.end();
    expect(await bench.opened.store.leases.acquire("s1", "replica")).toMatchObject({ outcome: "acquired" });
  });
});
