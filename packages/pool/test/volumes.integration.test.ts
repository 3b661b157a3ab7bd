import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { sleep } from "@agent-sdk/core";
import { describe, expect, it } from "vitest";
import { Mortal } from "./support/mortal.ts";
import { RealPool, ended, newSession, text } from "./support/real-pool.ts";

const request = { tenant: "default", name: "data", provider: "unix_local" };

/** What lies on the provider's storage. */
async function directories(subject: RealPool): Promise<readonly string[]> {
  return (await readdir(join(subject.home, "volumes")).catch((): string[] => [])).toSorted();
}

async function until(subject: RealPool, probe: () => Promise<boolean>): Promise<void> {
  while (!(await probe())) await sleep(subject.env, 20);
}

/** What a volume's deletion must have left, whoever finished it: nothing. */
async function expectNothing(subject: RealPool): Promise<void> {
  await until(subject, async () => (await subject.store.volumes.listUnfinished(9)).length === 0);
  expect((await subject.store.sessions.list({}, { limit: 9 })).items).toEqual([]);
  expect((await subject.store.volumes.list("default", {}, { limit: 9 })).items).toEqual([]);
  // Two may have been at it, and the slower one still removes what the other has found out of its place.
  await until(subject, async () => (await directories(subject)).every((name) => !name.startsWith(".gone-")));
  expect([await directories(subject), await subject.sandboxes()]).toEqual([[], []]);
}

describe("volumes", { timeout: 60_000 }, () => {
  it("are made, found by id and by name, used without a sandbox, and deleted with what is on them", async () => {
    await using subject = await RealPool.create();
    const pool = await subject.start();
    const volume = await pool.volumes.create(request);
    expect(volume).toMatchObject({ ...request, status: "ready" });
    await expect(pool.volumes.create(request)).rejects.toMatchObject({ code: "conflict" });
    await expect(pool.volumes.create({ ...request, provider: "nowhere" })).rejects.toMatchObject({ code: "bad_request" });
    expect(await pool.volumes.get("default", "data")).toEqual(volume);
    expect(await pool.volumes.get("default", volume.id, { provider: "unix_local" })).toEqual(volume);
    expect((await pool.volumes.list("default", { provider: "unix_local", limit: 9 })).items).toEqual([volume]);
    expect((await pool.volumes.list("default", { provider: "docker", limit: 9 })).items).toEqual([]);
    const files = await pool.volumes.files("default", "data");
    await files.upload("a/b", new TextEncoder().encode("text"));
    expect(new TextDecoder().decode(await files.read("a/b"))).toBe("text");
    expect(await subject.sandboxes()).toEqual([]);
    await pool.volumes.delete("default", "data");
    await expect(pool.volumes.get("default", volume.id)).rejects.toMatchObject({ code: "not_found" });
    await expect(pool.volumes.delete("default", "data")).rejects.toMatchObject({ code: "not_found" });
    expect(await directories(subject)).toEqual([]);
  });

  it("belong to one tenant: another's has the same name and other files, and cannot be reached", async () => {
    await using subject = await RealPool.create();
    const pool = await subject.start();
    const [mine, theirs] = await Promise.all(["a", "a-b"].map((tenant) => pool.volumes.create({ ...request, tenant })));
    // What a name made of tenant and name would have confused.
    const confusing = await pool.volumes.create({ ...request, tenant: "a", name: "b-data" });
    expect(new Set([mine, theirs, confusing].map((volume) => volume?.providerRef)).size).toBe(3);
    await (await pool.volumes.files("a", "data")).upload("secret", new TextEncoder().encode("of a"));
    expect(await (await pool.volumes.files("a-b", "data")).exists("secret")).toBe(false);
    for (const idOrName of [mine?.id ?? "", "b-data"]) {
      await expect(pool.volumes.get("a-b", idOrName)).rejects.toMatchObject({ code: "not_found" });
      await expect(pool.volumes.files("a-b", idOrName)).rejects.toMatchObject({ code: "not_found" });
      await expect(pool.volumes.delete("a-b", idOrName, { force: true })).rejects.toMatchObject({ code: "not_found" });
      await expect(newSession(pool, { provision: false, request: { tenant: "a-b", volume: idOrName } })).rejects.toMatchObject({ code: "not_found" });
    }
    expect(await (await pool.volumes.files("a", "data")).exists("secret")).toBe(true);
  });

  it("hold a session's HOME where the session says, by id or by name, and else on a default one of its tenant", async () => {
    await using subject = await RealPool.create();
    const pool = await subject.start();
    const volume = await pool.volumes.create(request);
    const named = await newSession(pool, { request: { volume: "data" } });
    const byId = await newSession(pool, { provision: false, request: { volume: volume.id } });
    const usual = await newSession(pool, { provision: false });
    expect([named.volumeId, byId.volumeId]).toEqual([volume.id, volume.id]);
    expect(await pool.volumes.get("default", "default-unix_local")).toMatchObject({ id: usual.volumeId });
    await (await pool.files("default", named.id)).upload("note", new TextEncoder().encode("on the volume"));
    const files = await pool.volumes.files("default", "data");
    expect(new TextDecoder().decode(await files.read(`agents/${named.agentId}/home/note`))).toBe("on the volume");
    const shared = await newSession(pool, { request: { volume: "data", settings: { cwd: null, workspace: "team", env: {}, secrets: {}, permissions: null } } });
    await (await pool.files("default", shared.id)).upload("note", new TextEncoder().encode("of the team"));
    expect(new TextDecoder().decode(await files.read("workspaces/team/note"))).toBe("of the team");
  });

  it("are kept while sessions use them, and with force go with them, sandboxes first", async () => {
    await using subject = await RealPool.create();
    const pool = await subject.start();
    await pool.volumes.create(request);
    const [running] = await Promise.all([newSession(pool, { request: { volume: "data" } }), newSession(pool, { provision: false, request: { volume: "data" } })]);
    const other = await newSession(pool);
    await expect(pool.volumes.delete("default", "data")).rejects.toMatchObject({ code: "conflict", message: expect.stringContaining("force") });
    await ended(subject, running.id, (await pool.message("default", running.id, { content: text("still works") })).rpcId);
    await pool.volumes.delete("default", "data", { force: true });
    expect((await subject.store.sessions.list({}, { limit: 9 })).items.map(({ id }) => id)).toEqual([other.id]);
    expect(await subject.sandboxes()).toEqual([other.sandbox.sandboxId]);
  });

  it("whose making fails leave their name free", async () => {
    await using subject = await RealPool.create();
    const failing: typeof subject.provider.volumes = Object.assign(Object.create(subject.provider.volumes) as typeof subject.provider.volumes, { create: () => Promise.reject(new Error("no space")) });
    const provider = Object.assign(Object.create(subject.provider) as typeof subject.provider, {});
    Object.defineProperty(provider, "volumes", { get: () => failing });
    const broken = await subject.start({}, { providers: new Map([["unix_local", provider]]) });
    await expect(broken.volumes.create(request)).rejects.toThrow("no space");
    // Its provider cannot finish it: another look does.
    expect(await subject.store.volumes.listUnfinished(9)).toMatchObject([{ status: "deleting" }]);
    const pool = await subject.start();
    await expectNothing(subject);
    expect(await pool.volumes.create(request)).toMatchObject({ status: "ready" });
  });

  describe("when the process dies", () => {
    it.each([false, true])("in any step of their making are made by the next one (step applied: %s)", async (applied) => {
      for (let diesAt = 1, done = false; !done; diesAt += 1) {
        await using subject = await RealPool.create();
        const mortal = new Mortal(diesAt, { applied });
        const doomed = await subject.start({ sweepIntervalMs: 600_000 }, { store: mortal.store(subject.store), providers: new Map([["unix_local", mortal.provider(subject.provider)]]) });
        done = await doomed.volumes.create(request).then(
          () => true,
          () => false,
        );
        await doomed.stop({ graceMs: 0 });
        const pool = await subject.start({ soleReplica: true });
        await until(subject, async () => (await subject.store.volumes.listUnfinished(9)).length === 0);
        const { items } = await pool.volumes.list("default", { limit: 9 });
        expect(items.length === 0 || items[0]?.status === "ready", mortal.asked.join()).toBe(true);
        expect(await directories(subject), mortal.asked.join()).toEqual(items.map(({ providerRef }) => providerRef));
      }
    });

    it.each([false, true])("in any step of their deletion by force are gone with their sessions after the next start (step applied: %s)", async (applied) => {
      let steps: readonly string[] = [];
      for (let diesAt = 1, done = false; !done; diesAt += 1) {
        await using subject = await RealPool.create();
        const before = await subject.start();
        const volume = await before.volumes.create(request);
        await newSession(before, { request: { volume: "data" } });
        await before.stop();
        const mortal = new Mortal(diesAt, { applied });
        const parts = { store: mortal.store(subject.store), providers: new Map([["unix_local", mortal.provider(subject.provider)]]) };
        const doomed = await subject.start({ soleReplica: true, scanMs: 600_000, sweepIntervalMs: 600_000 }, parts);
        const deletion = doomed.volumes.delete("default", volume.id, { force: true }).then(
          () => true,
          () => false,
        );
        done = await Promise.race([deletion, until(subject, async () => mortal.dead).then(() => false)]);
        await doomed.stop({ graceMs: 0 });
        const next = await subject.start({ soleReplica: true });
        // What died before the mark was set has done nothing: the caller, who got no answer, asks again.
        const left = await subject.store.volumes.get(volume.id);
        if (left?.status === "ready") await next.volumes.delete("default", volume.id, { force: true });
        await expectNothing(subject);
        steps = mortal.asked;
      }
      expect(steps).toEqual(expect.arrayContaining(["volumes.setDeleting", "sessions.setIntents", "commits.commit", "destroy", "sessions.remove", "volumes.destroy", "volumes.delete"]));
    }, 300_000);
  });
});
