import { describe, expect, it } from "vitest";
import type { SessionFilter, Store } from "../store.ts";
import type { StoreContract } from "./store-fixture.ts";
import { openStoreBench, sandboxIn, settings } from "./store-fixture.ts";

async function idsOf(store: Store, filter: SessionFilter): Promise<string[]> {
  return (await store.sessions.list(filter, { limit: 100 })).items.map((session) => session.id);
}

export function describeStoreSessions(contract: StoreContract): void {
  it("has an id of its own that stays, and that is a name", async () => {
    await using bench = await openStoreBench(contract);
    const [one, two] = await Promise.all([bench.store.deploymentId(), bench.store.deploymentId()]);
    expect(one).toMatch(/^[A-Za-z0-9-]{36}$/);
    await bench.session();
    await bench.store.migrate();
    expect([two, await bench.store.deploymentId()]).toEqual([one, one]);
  });

  describe("sessions", () => {
    it("keeps a session as it was given, with a fresh head", async () => {
      await using bench = await openStoreBench(contract);
      const given = { ...settings, cwd: "/a b", env: { A: "\u0000\"\\" }, secrets: { S: "🙂" }, permissions: "ask" as const };
      const sandbox = { ...sandboxIn("none"), recipe: { provider: "fake", network: { allow: ["x"] } }, providerData: { z: 1, a: "\u0000" } };
      const session = await bench.session({ id: "one", settings: given, sandbox, wake: true });
      expect(session).toMatchObject({ id: "one", tenant: "tenant", settings: given, sandbox, innerSessionId: null, conversationStarted: false });
      expect(session.intents).toEqual({ release: false, delete: false, wake: true });
      expect(session.head).toEqual({ sessionId: "one", ownerReplicaId: null, ownerAlive: false, generation: 0, lastSeq: 0, firstSeq: 1, journal: null });
      expect(session.lastActivityAt).toEqual(session.createdAt);
      expect(await bench.store.sessions.get("one")).toEqual(session);
      expect(await bench.store.sessions.head("one")).toEqual(session.head);
      expect([await bench.store.sessions.get("two"), await bench.store.sessions.head("two")]).toEqual([null, null]);
    });

    it("keeps rules for permissions as they were given, and changes them", async () => {
      await using bench = await openStoreBench(contract);
      const permissions = [{ toolKind: "execute", command: "git \"\u0000\" *", action: "ask" as const }, { path: "[a]/**", action: "deny" as const }, { action: "allow" as const }];
      const { id } = await bench.session({ settings: { ...settings, permissions } });
      expect((await bench.store.sessions.get(id))?.settings.permissions).toEqual(permissions);
      expect((await bench.store.sessions.updateSettings(id, { permissions: [] }))?.settings.permissions).toEqual([]);
      expect((await bench.store.sessions.updateSettings(id, { permissions: "deny" }))?.settings.permissions).toBe("deny");
      expect((await bench.store.sessions.updateSettings(id, { permissions: null }))?.settings.permissions).toBeNull();
    });

    it("refuses a taken id, and an agent or a volume that is not there", async () => {
      await using bench = await openStoreBench(contract);
      await bench.session({ id: "one" });
      await expect(bench.session({ id: "one" })).rejects.toMatchObject({ code: "conflict" });
      await expect(bench.session({ agentId: "none" })).rejects.toMatchObject({ code: "not_found" });
      await expect(bench.session({ volumeId: "none" })).rejects.toMatchObject({ code: "not_found" });
    });

    it("changes the settings that are given and no others", async () => {
      await using bench = await openStoreBench(contract);
      const owner = await bench.owned({ settings: { ...settings, cwd: "/a", env: { A: "1" } } });
      const changed = await bench.store.sessions.updateSettings(owner.sessionId, { env: { B: "2" }, permissions: "deny" });
      expect(changed?.settings).toEqual({ ...settings, cwd: "/a", env: { B: "2" }, permissions: "deny" });
      expect(changed?.head).toMatchObject({ generation: owner.generation, ownerAlive: true });
      expect((await bench.store.sessions.updateSettings(owner.sessionId, { cwd: null }))?.settings).toMatchObject({ cwd: null, permissions: "deny" });
      expect((await bench.store.sessions.updateSettings(owner.sessionId, {}))?.settings).toEqual((await bench.store.sessions.get(owner.sessionId))?.settings);
      expect(await bench.store.sessions.updateSettings("none", { cwd: null })).toBeNull();
    });

    it("sets intents and clears none; waking counts as activity", async () => {
      await using bench = await openStoreBench(contract);
      const { id, lastActivityAt } = await bench.session();
      await bench.advance(1_000);
      const released = await bench.store.sessions.setIntents(id, { release: true });
      expect(released).toMatchObject({ intents: { release: true, delete: false, wake: false }, lastActivityAt });
      const woken = await bench.store.sessions.setIntents(id, { wake: true });
      expect(woken?.intents).toEqual({ release: true, delete: false, wake: true });
      expect(woken?.lastActivityAt.getTime()).toBeGreaterThanOrEqual(lastActivityAt.getTime() + 1_000);
      expect((await bench.store.sessions.setIntents(id, { delete: true }))?.intents).toEqual({ release: true, delete: true, wake: true });
      expect(await bench.store.sessions.setIntents("none", { wake: true })).toBeNull();
    });

    it("filters by tenant, agent, volume and status", async () => {
      await using bench = await openStoreBench(contract);
      const idle = await bench.session({ id: "idle" });
      await bench.session({ id: "up", sandbox: sandboxIn("running"), agentId: idle.agentId });
      await bench.session({ id: "woken", wake: true, volumeId: idle.volumeId });
      await bench.session({ id: "waiting" });
      await bench.enqueue("waiting", "p1");
      await bench.session({ id: "foreign", tenant: "other" });
      expect((await idsOf(bench.store, { tenant: "tenant" })).toSorted()).toEqual(["idle", "up", "waiting", "woken"]);
      expect(await idsOf(bench.store, { tenant: "other" })).toEqual(["foreign"]);
      expect((await idsOf(bench.store, { agentId: idle.agentId })).toSorted()).toEqual(["idle", "up"]);
      expect((await idsOf(bench.store, { volumeId: idle.volumeId })).toSorted()).toEqual(["idle", "woken"]);
      await bench.session({ id: "mounting", tenant: "third", mountedVolumeIds: [idle.volumeId, idle.volumeId] });
      expect((await idsOf(bench.store, { volumeId: idle.volumeId })).toSorted()).toEqual(["idle", "mounting", "woken"]);
      expect((await idsOf(bench.store, { tenant: "tenant", status: "active" })).toSorted()).toEqual(["up", "waiting", "woken"]);
      expect(await idsOf(bench.store, { tenant: "tenant", status: "hibernated" })).toEqual(["idle"]);
    });

    it("lists those with compute first, then by last activity, page by page", async () => {
      await using bench = await openStoreBench(contract);
      for (const id of ["a", "b", "c", "d", "e"]) {
        await bench.session({ id, sandbox: sandboxIn(id === "b" ? "running" : "none") });
        await bench.advance(10);
      }
      await bench.store.sessions.setIntents("a", { wake: true });
      const pages: string[][] = [];
      let cursor: string | undefined;
      do {
        const page = await bench.store.sessions.list({}, { limit: 2, cursor });
        pages.push(page.items.map((session) => session.id));
        cursor = page.nextCursor ?? undefined;
      } while (cursor !== undefined);
      expect(pages).toEqual([["b", "a"], ["e", "d"], ["c"]]);
      await expect(bench.store.sessions.list({}, { limit: 2, cursor: "?" })).rejects.toMatchObject({ code: "bad_request" });
    });

    it("says which sessions refer to sandboxes, at this moment", async () => {
      await using bench = await openStoreBench(contract);
      const sandbox = sandboxIn("creating");
      const owner = await bench.owned({ sandbox });
      const ids = [sandbox.sandboxId ?? "", "unknown"];
      expect(await bench.store.sessions.findSandboxOwners(ids)).toEqual(new Map([[sandbox.sandboxId, owner.sessionId]]));
      await bench.commit(owner, { sandbox: sandboxIn("none") });
      expect(await bench.store.sessions.findSandboxOwners(ids)).toEqual(new Map());
      expect(await bench.store.sessions.findSandboxOwners([])).toEqual(new Map());
    });

    it("counts the sessions of all tenants by their phase", async () => {
      await using bench = await openStoreBench(contract);
      expect(await bench.store.sessions.countByPhase()).toEqual({ none: 0, creating: 0, running: 0, stopping: 0, destroying: 0 });
      for (const phase of ["none", "running", "running", "stopping"] as const) await bench.session({ tenant: phase, sandbox: sandboxIn(phase) });
      expect(await bench.store.sessions.countByPhase()).toEqual({ none: 1, creating: 0, running: 2, stopping: 1, destroying: 0 });
    });

    it("removes a session with everything of it, for its owner only", async () => {
      await using bench = await openStoreBench(contract);
      const { volumeId } = await bench.session();
      const owner = await bench.owned({ sandbox: sandboxIn("running"), mountedVolumeIds: [volumeId] });
      const other = await bench.owned();
      await bench.running(owner, "p1");
      await bench.enqueue(owner.sessionId, "p2");
      await bench.enqueue(other.sessionId, "p1");
      expect(await bench.store.sessions.remove(owner.sessionId, owner.generation - 1)).toBe(false);
      expect(await bench.countRows(owner.sessionId)).toBeGreaterThan(0);
      expect(await bench.store.sessions.remove(owner.sessionId, owner.generation)).toBe(true);
      expect(await bench.countRows(owner.sessionId)).toBe(0);
      expect(await bench.store.sessions.remove(owner.sessionId, owner.generation)).toBe(false);
      expect(await bench.commit(owner, { events: [{ rpcId: null, message: "1" }] })).toEqual({ outcome: "superseded" });
      expect(await bench.countRows(owner.sessionId)).toBe(0);
      expect(await bench.events(other.sessionId)).toHaveLength(1);
    });

    it("fences the owner of a removed session from a new one of the same id", async () => {
      await using bench = await openStoreBench(contract);
      const owner = await bench.owned();
      expect(await bench.store.sessions.remove(owner.sessionId, owner.generation)).toBe(true);
      const again = await bench.session({ id: owner.sessionId });
      expect(again.head).toMatchObject({ generation: owner.generation + 1, lastSeq: 0, firstSeq: 1 });
      expect(await bench.commit(owner, { events: [{ rpcId: null, message: "1" }] })).toEqual({ outcome: "superseded" });
      expect(await bench.store.leases.release(owner.sessionId, owner.generation)).toBe("superseded");
      expect(await bench.store.sessions.remove(owner.sessionId, owner.generation)).toBe(false);
      expect((await bench.store.sessions.head(owner.sessionId))?.lastSeq).toBe(0);
    });

    it("removes a long session completely", async () => {
      await using bench = await openStoreBench(contract);
      const owner = await bench.owned();
      const events = Array.from({ length: 25_000 }, () => ({ rpcId: null, message: "{}" }));
      await bench.commit(owner, { events });
      expect(await bench.store.sessions.remove(owner.sessionId, owner.generation)).toBe(true);
      expect(await bench.countRows(owner.sessionId)).toBe(0);
    });
  });
}
