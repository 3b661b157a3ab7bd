import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Agent, ApiClient, type AgentEvent } from "@agent-sdk/client";
import { afterAll, beforeAll, expect, it } from "vitest";
import { newEncryptionKey } from "../src/encryption-keys.ts";
import { startServerProcess, type ServerProcess } from "./support/server-process.ts";

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "agent-sdk-server-"));
});
afterAll(() => rm(home, { recursive: true, force: true }));

function start(environment: Readonly<Record<string, string>> = {}): ServerProcess {
  return startServerProcess({ HOME: home, AGENT_SDK_HOME: home, PORT: "0", ...environment });
}

it("starts on an embedded database, runs an agent for real, and ends in order", { timeout: 60_000 }, async () => {
  await using server = start();
  const url = await server.ready;
  const agent = new Agent("worker", { apiUrl: url, agent_type: "demo" });
  const answer = await agent.run("hello");
  expect(answer.text).toContain("hello");
  const api = new ApiClient({ apiUrl: url });
  const id = await agent.sessionId();
  expect((await api.getSession(id)).status).toBe("active");
  expect(await api.exec(id, { command: "echo out; exit 3" })).toMatchObject({ stdout: "out\n", exit_code: 3 });
  await api.uploadFile(id, "dir/a.txt", "content");
  expect(await api.readFile(id, "dir/a.txt")).toEqual({ content: "content" });
  expect((await api.getLog(id)).map((row) => row.event_type)).toEqual(["user_message", "assistant_message", "turn_end"]);
  const events: AgentEvent[] = [];
  const following = (async () => {
    for await (const event of agent.events({ after: 0, signal: AbortSignal.timeout(20_000) })) events.push(event);
  })();
  await expect.poll(() => events.length).toBeGreaterThan(3);
  const told = expect(following).rejects.toMatchObject({ code: "not_found" });
  await api.deleteSession(id);
  await told;
  server.child.kill("SIGTERM");
  expect(await server.exited).toBe(0);
  expect(server.stdout()).toContain('"msg":"stopped"');
});

/** The sockets and files that a process has open. */
async function openDescriptors(pid: number | undefined): Promise<number> {
  return (await readdir(`/proc/${pid}/fd`)).length;
}

it("keeps nothing open for the head of a download", { timeout: 60_000 }, async () => {
  await using server = start();
  const url = await server.ready;
  const api = new ApiClient({ apiUrl: url });
  const { session_id: id } = await api.createSession({ agent_type: "demo" });
  // Larger than what the sockets on the way hold: a download that nobody reads stays open.
  await api.exec(id, { command: "head -c 20000000 /dev/zero > big" });
  const head = async (): Promise<void> => {
    const { status, headers } = await fetch(`${url}/sessions/${id}/files/download?path=big`, { method: "HEAD" });
    expect([status, headers.get("content-length")]).toEqual([200, "20000000"]);
  };
  await head();
  const before = await openDescriptors(server.child.pid);
  for (let count = 0; count < 60; count += 1) await head();
  await expect.poll(() => openDescriptors(server.child.pid), { timeout: 5000 }).toBeLessThan(before + 5);
  await api.deleteSession(id);
});

it("lets streams go with a goodbye and ends within its grace period", { timeout: 60_000 }, async () => {
  await using server = start();
  const url = await server.ready;
  const { session_id: id } = await new ApiClient({ apiUrl: url }).createSession({ agent_type: "demo", provision: false });
  const stream = await fetch(`${url}/sessions/${id}/events?after=0`);
  server.child.kill("SIGINT");
  expect(await stream.text()).toBe('event: session\ndata: {"jsonrpc":"2.0","method":"_agent_sdk/goodbye","params":{"reason":"draining","position":0}}\n\n');
  expect(await server.exited).toBe(0);
});

it("says in one sentence why it does not start", { timeout: 60_000 }, async () => {
  await using running = start();
  const { port } = new URL(await running.ready);
  const refusals: readonly (readonly [Record<string, string>, RegExp])[] = [
    [{ PORT: port }, new RegExp(`^error: The server cannot start: port ${port} is already in use; .*\\n$`)],
    [{}, /^error: .*data directory is in use.*\n$/],
    [{ HOST: "0.0.0.0" }, /^error: HOST is 0\.0\.0\.0, .*no API key.*\n$/],
    [{ DATABASE_URL: "postgres://user:planted@127.0.0.1:1/nothing" }, /^error: AGENT_SDK_ENCRYPTION_KEYS is not set, .*\n$/],
    [{ AGENT_SDK_ENCRYPTION_KEYS: "a:planted" }, /^error: AGENT_SDK_ENCRYPTION_KEYS must be keys of the form id:base64, .*\n$/],
    [{ DATABASE_URL: "postgres://user:planted@127.0.0.1:1/nothing", AGENT_SDK_ENCRYPTION_KEYS: newEncryptionKey() }, /^error: The database .*\n$/],
  ];
  for (const [environment, expected] of refusals) {
    await using second = start(environment);
    expect(await second.exited).toBe(1);
    expect(second.stderr()).toMatch(expected);
    expect(second.stderr() + second.stdout()).not.toContain("planted");
  }
});

it("starts again after it was killed", { timeout: 60_000 }, async () => {
  await using killed = start();
  const api = new ApiClient({ apiUrl: await killed.ready });
  const { session_id: id } = await api.createSession({ agent_type: "demo", provision: false });
  killed.child.kill("SIGKILL");
  await killed.exited;
  await using server = start();
  const again = new ApiClient({ apiUrl: await server.ready });
  expect((await again.getSession(id)).session_id).toBe(id);
  await again.deleteSession(id);
});
