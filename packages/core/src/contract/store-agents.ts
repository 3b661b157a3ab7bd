import { describe, expect, it } from "vitest";
import type { StoreContract } from "./store-fixture.ts";
import { agentConfig, openStoreBench } from "./store-fixture.ts";

export function describeStoreAgents(contract: StoreContract): void {
  describe("agents", () => {
    it("keeps a config as it was given, escapes and member order included", async () => {
      await using bench = await openStoreBench(contract);
      const config = { ...agentConfig, name: "Ünïcode \u0000 🙂", extraOptions: { z: 1, a: [null, true, 0.1, { "": "\ud800" }] } };
      const inserted = await bench.store.agents.insert({ id: "one", tenant: "tenant", config });
      expect(inserted).toEqual({ id: "one", tenant: "tenant", config, deleting: false, createdAt: expect.any(Date) });
      const read = await bench.store.agents.get("one");
      expect(read).toEqual(inserted);
      expect(Object.keys(read?.config.extraOptions ?? {})).toEqual(["z", "a"]);
    });

    it("refuses an id that is taken", async () => {
      await using bench = await openStoreBench(contract);
      await bench.store.agents.insert({ id: "one", tenant: "tenant", config: agentConfig });
      await expect(bench.store.agents.insert({ id: "one", tenant: "other", config: agentConfig })).rejects.toMatchObject({ code: "conflict" });
    });

    it("changes a config, and says when there is none to change", async () => {
      await using bench = await openStoreBench(contract);
      await bench.store.agents.insert({ id: "one", tenant: "tenant", config: agentConfig });
      expect(await bench.store.agents.updateConfig("one", { ...agentConfig, model: "m" })).toMatchObject({ config: { model: "m" } });
      expect(await bench.store.agents.get("one")).toMatchObject({ config: { model: "m" } });
      expect(await bench.store.agents.updateConfig("two", agentConfig)).toBeNull();
    });

    it("lists a tenant's own, newest first, page by page without a gap or a double", async () => {
      await using bench = await openStoreBench(contract);
      for (const id of ["a", "b", "c", "d", "e"]) {
        await bench.store.agents.insert({ id, tenant: "tenant", config: agentConfig });
        await bench.advance(1);
      }
      await bench.store.agents.insert({ id: "foreign", tenant: "other", config: agentConfig });
      const first = await bench.store.agents.list("tenant", { limit: 2 });
      const second = await bench.store.agents.list("tenant", { limit: 2, cursor: first.nextCursor ?? "" });
      const third = await bench.store.agents.list("tenant", { limit: 2, cursor: second.nextCursor ?? "" });
      expect([first, second, third].map((page) => page.items.map((agent) => agent.id))).toEqual([["e", "d"], ["c", "b"], ["a"]]);
      expect(third.nextCursor).toBeNull();
    });

    it("refuses a cursor that it has not given out", async () => {
      await using bench = await openStoreBench(contract);
      await expect(bench.store.agents.list("tenant", { limit: 2, cursor: "nonsense" })).rejects.toMatchObject({ code: "bad_request" });
    });

    it("deletes an agent only when no session uses it", async () => {
      await using bench = await openStoreBench(contract);
      const owner = await bench.owned();
      const { agentId } = owner.session;
      await expect(bench.store.agents.delete(agentId)).rejects.toMatchObject({ code: "conflict" });
      await bench.store.sessions.remove(owner.sessionId, owner.generation);
      expect(await bench.store.agents.delete(agentId)).toBe(true);
      expect(await bench.store.agents.delete(agentId)).toBe(false);
      expect(await bench.store.agents.get(agentId)).toBeNull();
    });

    it("marks one for its deletion, after which no session is made with it", async () => {
      await using bench = await openStoreBench(contract);
      const { agents } = bench.store;
      const { agentId } = await bench.session();
      await bench.store.agents.insert({ id: "other", tenant: "tenant", config: agentConfig });
      expect(await agents.setDeleting("none")).toBeNull();
      expect(await agents.setDeleting(agentId)).toMatchObject({ id: agentId, deleting: true });
      expect(await agents.setDeleting(agentId)).toEqual(await agents.get(agentId));
      expect((await agents.listDeleting(9)).map(({ id }) => id)).toEqual([agentId]);
      expect(await agents.listDeleting(0)).toEqual([]);
      expect((await agents.list("tenant", { limit: 9 })).items.map(({ id }) => id)).toEqual(["other"]);
      await expect(bench.session({ agentId })).rejects.toMatchObject({ code: "conflict" });
    });
  });
}

export function describeStoreVolumes(contract: StoreContract): void {
  describe("volumes", () => {
    const volume = { id: "one", tenant: "tenant", name: "home", provider: "fake" };

    it("moves a volume from creating to ready to deleting, and never back", async () => {
      await using bench = await openStoreBench(contract);
      const { volumes } = bench.store;
      expect(await volumes.insert(volume)).toEqual({ ...volume, providerRef: null, status: "creating", createdAt: expect.any(Date) });
      expect(await volumes.setReady("one", "ref-1")).toMatchObject({ status: "ready", providerRef: "ref-1" });
      expect(await volumes.setDeleting("one")).toMatchObject({ status: "deleting", providerRef: "ref-1" });
      expect(await volumes.setReady("one", "ref-2")).toBeNull();
      expect(await volumes.setDeleting("one")).toEqual(await volumes.get("one"));
      expect(await volumes.get("one")).toMatchObject({ status: "deleting", providerRef: "ref-1" });
      expect([await volumes.setReady("two", "ref"), await volumes.setDeleting("two"), await volumes.get("two")]).toEqual([null, null, null]);
    });

    it("has one volume of a name per tenant and provider", async () => {
      await using bench = await openStoreBench(contract);
      const { volumes } = bench.store;
      await volumes.insert(volume);
      await expect(volumes.insert({ ...volume, id: "two" })).rejects.toMatchObject({ code: "conflict" });
      await expect(volumes.insert({ ...volume, name: "other" })).rejects.toMatchObject({ code: "conflict" });
      await volumes.insert({ ...volume, id: "three", provider: "docker" });
      await volumes.insert({ ...volume, id: "four", tenant: "other" });
      expect(await volumes.findByName("tenant", "docker", "home")).toMatchObject({ id: "three" });
      expect(await volumes.findByName("tenant", "docker", "work")).toBeNull();
    });

    it("lists a tenant's own, of one provider when asked", async () => {
      await using bench = await openStoreBench(contract);
      const { volumes } = bench.store;
      await volumes.insert(volume);
      await bench.advance(1);
      await volumes.insert({ ...volume, id: "two", provider: "docker" });
      await volumes.insert({ ...volume, id: "three", tenant: "other" });
      const page = { limit: 9 };
      expect((await volumes.list("tenant", {}, page)).items.map(({ id }) => id)).toEqual(["two", "one"]);
      expect((await volumes.list("tenant", { provider: "docker" }, page)).items.map(({ id }) => id)).toEqual(["two"]);
    });

    it("lists page by page, newest first, without a gap or a double", async () => {
      await using bench = await openStoreBench(contract);
      const { volumes } = bench.store;
      for (const id of ["a", "b", "c", "d", "e"]) {
        await volumes.insert({ ...volume, id, name: id });
        await bench.advance(1);
      }
      const first = await volumes.list("tenant", {}, { limit: 2 });
      const second = await volumes.list("tenant", {}, { limit: 2, cursor: first.nextCursor ?? "" });
      const third = await volumes.list("tenant", {}, { limit: 2, cursor: second.nextCursor ?? "" });
      expect([first, second, third].map((each) => each.items.map(({ id }) => id))).toEqual([["e", "d"], ["c", "b"], ["a"]]);
      expect(third.nextCursor).toBeNull();
      await expect(volumes.list("tenant", {}, { limit: 2, cursor: "nonsense" })).rejects.toMatchObject({ code: "bad_request" });
    });

    it("finds those that are half made or half deleted", async () => {
      await using bench = await openStoreBench(contract);
      const { volumes } = bench.store;
      for (const id of ["a", "b", "c"]) await volumes.insert({ ...volume, id, name: id, tenant: id });
      await volumes.setReady("a", "ref");
      await volumes.setDeleting("b");
      expect((await volumes.listUnfinished(9)).map(({ id, status }) => `${id} ${status}`).toSorted()).toEqual(["b deleting", "c creating"]);
      expect(await volumes.listUnfinished(1)).toHaveLength(1);
    });

    it("is marked for its deletion only when no session uses it, or by force; then none comes to use it", async () => {
      await using bench = await openStoreBench(contract);
      const { volumes } = bench.store;
      const { id: mounted } = await volumes.insert(volume);
      const session = await bench.session({ mountedVolumeIds: [mounted] });
      for (const id of [session.volumeId, mounted]) {
        await expect(volumes.setDeleting(id)).rejects.toMatchObject({ code: "conflict" });
        expect(await volumes.get(id)).toMatchObject({ status: "creating" });
        expect(await volumes.setDeleting(id, { force: true })).toMatchObject({ status: "deleting" });
        expect(await volumes.setDeleting(id)).toMatchObject({ status: "deleting" });
        await expect(volumes.delete(id)).rejects.toMatchObject({ code: "conflict" });
      }
      await expect(bench.session({ volumeId: session.volumeId })).rejects.toMatchObject({ code: "conflict" });
      await expect(bench.session({ mountedVolumeIds: [mounted] })).rejects.toMatchObject({ code: "conflict" });
      await expect(bench.session({ mountedVolumeIds: ["none"] })).rejects.toMatchObject({ code: "not_found" });
    });

    it("is either used by a session or marked, whichever came first, never both", async () => {
      await using bench = await openStoreBench(contract);
      const { volumes } = bench.store;
      const { agentId } = await bench.session();
      const marked = new Set<boolean>();
      for (let round = 0; round < 20; round += 1) {
        const { id: volumeId } = await volumes.insert({ ...volume, id: `v${round}`, name: `v${round}` });
        const calls = [() => bench.session({ agentId, volumeId }), () => volumes.setDeleting(volumeId)];
        const outcomes = await Promise.allSettled((round % 2 === 0 ? calls : calls.toReversed()).map((call) => call()));
        expect(outcomes.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
        const used = (await bench.store.sessions.list({ volumeId }, { limit: 9 })).items.length;
        const status = (await volumes.get(volumeId))?.status;
        expect([used, status]).toEqual(status === "deleting" ? [0, "deleting"] : [1, "creating"]);
        marked.add(status === "deleting");
      }
      expect(marked.size).toBe(2);
    });

    it("deletes a volume only when no session uses it", async () => {
      await using bench = await openStoreBench(contract);
      const owner = await bench.owned();
      const { volumeId } = owner.session;
      await expect(bench.store.volumes.delete(volumeId)).rejects.toMatchObject({ code: "conflict" });
      await bench.store.sessions.remove(owner.sessionId, owner.generation);
      expect([await bench.store.volumes.delete(volumeId), await bench.store.volumes.delete(volumeId)]).toEqual([true, false]);
    });
  });
}
