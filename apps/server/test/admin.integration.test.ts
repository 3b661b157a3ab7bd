import { randomUUID } from "node:crypto";
import { silentLogger, systemEnv } from "@agent-sdk/core";
import { unixLocalProvider } from "@agent-sdk/provider-unix-local";
import { supervisorTransport } from "@agent-sdk/supervisor/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { call, startRealServer, type CallAnswer, type RealServer } from "./support/real-server.ts";

let server: RealServer;
beforeAll(async () => {
  server = await startRealServer({ AGENT_SDK_ORIGIN: "this-deployment" });
}, 120_000);
afterAll(() => server[Symbol.asyncDispose](), 60_000);

const ask = (method: string, path: string, body?: unknown): Promise<CallAnswer> => call(server, method, path, body);

/** A sandbox that was made ten minutes ago and that no session refers to. */
async function abandoned(origin: string): Promise<{ readonly sandboxId: string; readonly exists: () => Promise<boolean>; readonly destroy: () => Promise<void> }> {
  const system = systemEnv({ log: silentLogger });
  const env = { ...system, clock: { ...system.clock, now: () => system.clock.now() - 600_000 } };
  const provider = unixLocalProvider({ home: server.home, isolation: "process", env, transport: supervisorTransport(env) });
  const { ref } = await provider.volumes.create("abandoned");
  const labels = { origin, sandboxId: randomUUID(), sessionId: randomUUID() };
  const sandbox = await provider.create({ labels, recipe: { provider: "unix_local" }, home: { volumeRef: ref, subpath: "home" }, cwd: null, env: {}, supervisorToken: "token" });
  const exists = async (): Promise<boolean> => (await provider.status(sandbox.ref)) === "running";
  return { sandboxId: labels.sandboxId, exists, destroy: () => provider.destroy(sandbox.ref) };
}

describe("administration", { timeout: 60_000 }, () => {
  it("sees every session, who drives it and what it does", async () => {
    const idle = await ask("POST", "/sessions", { agent_type: "demo", provision: false });
    const live = await ask("POST", "/sessions", { agent_type: "demo" });
    await ask("POST", `/sessions/${String(live.body["id"])}/message`, { message: "/hang" });
    const { body } = await ask("GET", "/admin/sessions");
    const rows = body as unknown as readonly Record<string, unknown>[];
    expect(rows[0]).toMatchObject({ session_id: live.body["id"], tenant: "default", provider: "unix_local", phase: "running", busy: true, owner: expect.any(String), owner_url: server.url, sandbox_ref: expect.any(String) });
    expect(rows[1]).toMatchObject({ session_id: idle.body["id"], phase: "none", busy: false, owner: null, owner_url: null, sandbox_id: null });
    expect((await ask("GET", "/admin/sessions?tenant=nobody")).body).toEqual([]);
    const first = await ask("GET", "/admin/sessions?limit=1");
    const next = /<(.*)>; rel="next"/.exec(first.headers.get("link") ?? "")?.[1] ?? "";
    expect((await ask("GET", next)).body).toMatchObject([{ session_id: idle.body["id"] }]);
    for (const { body: session } of [idle, live]) await ask("DELETE", `/sessions/${String(session["id"])}`);
  });

  it("finds what no session refers to, destroys that alone, and nothing of another deployment", async () => {
    const live = await ask("POST", "/sessions", { agent_type: "demo" });
    const [mine, foreign] = [await abandoned("this-deployment"), await abandoned("another-deployment")];
    const found = await ask("GET", "/admin/orphans");
    expect(found.body).toMatchObject({ orphans: [{ provider: "unix_local", sandbox_id: mine.sandboxId }], unreachable: [] });
    expect(await mine.exists()).toBe(true);
    expect((await ask("POST", "/admin/orphans/sweep", {})).body).toMatchObject({ destroyed: [{ sandbox_id: mine.sandboxId }], failed: [], unreachable: [] });
    expect([await mine.exists(), await foreign.exists()]).toEqual([false, true]);
    expect((await ask("GET", "/admin/orphans")).body).toEqual({ orphans: [], unreachable: [] });
    expect((await ask("GET", `/sessions/${String(live.body["id"])}/sandbox`)).body).toMatchObject({ status: "running" });
    await foreign.destroy();
    await ask("DELETE", `/sessions/${String(live.body["id"])}`);
  });

  it("is ready when its database answers and its pool works", async () => {
    expect(await ask("GET", "/health/ready")).toMatchObject({ status: 200, body: { status: "ok", version: "test" } });
    expect(await ask("GET", "/health")).toMatchObject({ status: 200, body: { status: "ok", sessions: expect.any(Number), busy_sessions: expect.any(Number), version: "test" } });
  });
});
