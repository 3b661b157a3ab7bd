import { describe, expect, it } from "vitest";
import type { StoreContract } from "./store-fixture.ts";
import { agentConfig, openStoreBench } from "./store-fixture.ts";

export function describeStoreAgents(contract: StoreContract): void {
  describe("agents", () => {
    it("keeps a config as it was given, escapes and member order included", async () => {
      await using bench = await openStoreBench(contract);
      const config = { ...agentConfig, name: "Ünïcode \u0000 🙂", extraOptions: { z: 1, a: [null, true, 0.1, { "": "\ud800" }] } };
      const inserted = await bench.store.agents.insert({ id: "one", tenant: "tenant", config });
      expect(inserted).toEqual({ id: "one", tenant: "tenant", config, createdAt: expect.any(Date) });
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
  });
}

export function describeStoreVolumes(contract: StoreContract): void {
  describe("volumes", () => {
    const volume = { id: "one", tenant: "tenant", name: "home", provider: "fake" };

    it("moves a volume from creating to ready to deleting", async () => {
      await using bench = await openStoreBench(contract);
      const { volumes } = bench.store;
      expect(await volumes.insert(volume)).toEqual({ ...volume, providerRef: null, status: "creating", createdAt: expect.any(Date) });
      expect(await volumes.setReady("one", "ref-1")).toMatchObject({ status: "ready", providerRef: "ref-1" });
      expect(await volumes.setDeleting("one")).toMatchObject({ status: "deleting", providerRef: "ref-1" });
      expect(await volumes.get("one")).toMatchObject({ status: "deleting" });
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
      expect((await volumes.list("tenant", {})).map(({ id }) => id)).toEqual(["two", "one"]);
      expect((await volumes.list("tenant", { provider: "docker" })).map(({ id }) => id)).toEqual(["two"]);
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
