import { ApiClient } from "@agent-sdk/client";
import { systemEnv } from "@agent-sdk/core";
import { memoryStore } from "@agent-sdk/core/testing";
import { describe, expect, it } from "vitest";
import { startPoolServer, type PoolServer } from "./support/pool-server.ts";

const operatorKey = "operator-key-0123456789";
const acmeAdmin = "acme-admin-0123456789";
const apiKeys = `${operatorKey},acme:admin:${acmeAdmin},acme:sessions:acme-sessions-0123456,acme:read:acme-reads-012345678`;

const client = ({ url }: Pick<PoolServer, "url">, apiKey: string): ApiClient => new ApiClient({ apiUrl: url, apiKey, retry: { giveUpAfterMs: 0 } });

async function statusOf(work: Promise<unknown>): Promise<number> {
  return work.then(
    () => 200,
    (error: unknown) => (error as { status: number }).status,
  );
}

describe("keys", () => {
  it("are shown once, kept as a hash, and used until they are revoked, on every replica at once", async () => {
    const store = memoryStore(systemEnv());
    await using one = await startPoolServer({ apiKeys, store });
    await using two = await startPoolServer({ apiKeys, store });
    const admin = client(one, acmeAdmin);
    const { key, ...row } = await admin.createKey({ name: "laptop", scopes: ["sessions"] });
    expect(row).toMatchObject({ tenant: "acme", name: "laptop", scopes: ["sessions"], expires_at: null });
    expect(key).toMatch(/^ask_[0-9a-f]{24}_[A-Za-z0-9_-]{43}$/);
    expect(key.startsWith(row.prefix)).toBe(true);
    expect((await admin.listKeys()).items).toEqual([row]);
    expect(JSON.stringify(await store.keys.find(row.prefix))).not.toContain(key.slice(row.prefix.length + 1));
    for (const server of [one, two]) expect((await client(server, key).listSessions()).items).toEqual([]);
    await admin.deleteKey(row.id);
    for (const server of [one, two]) expect(await statusOf(client(server, key).listSessions())).toBe(401);
    expect(await statusOf(admin.deleteKey(row.id))).toBe(404);
    expect(await statusOf(client(one, `${key.slice(0, -1)}x`).listSessions())).toBe(401);
  });

  it("are the tenant's own; the operator's reach all", async () => {
    await using server = await startPoolServer({ apiKeys });
    const [operator, acme] = [client(server, operatorKey), client(server, acmeAdmin)];
    const foreign = await operator.createKey({ tenant: "other", scopes: ["admin"] });
    const other = client(server, foreign.key);
    expect(await statusOf(acme.createKey({ tenant: "other" }))).toBe(403);
    expect(await statusOf(acme.listKeys({ tenant: "other" }))).toBe(403);
    expect(await statusOf(acme.deleteKey(foreign.id))).toBe(404);
    expect([(await acme.listKeys()).items, (await other.listKeys()).items.map(({ id }) => id), (await operator.listKeys({ tenant: "other" })).items.length]).toEqual([[], [foreign.id], 1]);
    const { session_id: id } = await other.createSession({ agent_type: "demo", provision: false });
    expect([await statusOf(acme.getSession(id)), await statusOf(operator.getSession(id)), await statusOf(other.getSession(id))]).toEqual([404, 404, 200]);
    expect([(await acme.health()).sessions, (await operator.health()).sessions]).toEqual([undefined, 1]);
    await operator.deleteKey(foreign.id, { tenant: "other" });
    expect(await statusOf(other.getSession(id))).toBe(401);
  });

  it("do what their scopes say: 401 without a key, 403 with too little", async () => {
    await using server = await startPoolServer({ apiKeys });
    const [reads, sessions, admin] = [client(server, "acme-reads-012345678"), client(server, "acme-sessions-0123456"), client(server, acmeAdmin)];
    const { session_id: id } = await sessions.createSession({ agent_type: "demo", provision: false });
    expect(await statusOf(new ApiClient({ apiUrl: server.url, retry: { giveUpAfterMs: 0 } }).getSession(id))).toBe(401);
    for (const allowed of [reads, sessions, admin]) expect(await statusOf(allowed.getSession(id))).toBe(200);
    const makes = { agent_type: "demo", provision: false };
    expect([await statusOf(reads.createSession(makes)), await statusOf(reads.deleteSession(id)), await statusOf(reads.createSessionToken(id)), await statusOf(sessions.listKeys())]).toEqual([403, 403, 403, 403]);
    expect([await statusOf(admin.createSession(makes)), await statusOf(admin.listKeys())]).toEqual([200, 200]);
  });

  it("end by themselves, by the store's clock", async () => {
    let now = 1_700_000_000_000;
    const store = memoryStore({ ...systemEnv(), clock: { now: () => now, monotonic: () => now } });
    await using server = await startPoolServer({ apiKeys, store });
    const { key, created_at, expires_at } = await client(server, acmeAdmin).createKey({ ttl_seconds: 60 });
    expect(Date.parse(expires_at ?? "") - Date.parse(created_at)).toBe(60_000);
    expect(await statusOf(client(server, key).listSessions())).toBe(200);
    now += 60_000;
    expect(await statusOf(client(server, key).listSessions())).toBe(401);
    expect((await client(server, acmeAdmin).listKeys()).items).toHaveLength(1);
  });

  it("are not needed on a server that asks for none; one that is given counts there, too", async () => {
    await using server = await startPoolServer();
    const open = new ApiClient({ apiUrl: server.url, retry: { giveUpAfterMs: 0 } });
    const { key, id } = await open.createKey({ tenant: "acme", scopes: ["read"] });
    expect(await statusOf(open.listSessions())).toBe(200);
    expect(await statusOf(client(server, "whatever").createSession({ agent_type: "demo", provision: false }))).toBe(200);
    expect((await client(server, key).listSessions()).items).toEqual([]);
    expect(await statusOf(client(server, key).createSession({ agent_type: "demo", provision: false }))).toBe(403);
    await open.deleteKey(id, { tenant: "acme" });
    expect(await statusOf(client(server, key).listSessions())).toBe(401);
  });
});
