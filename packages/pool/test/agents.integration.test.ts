import { AgentSdkError, sleep } from "@agent-sdk/core";
import { describe, expect, it } from "vitest";
import { Mortal } from "./support/mortal.ts";
import { RealPool, newSession } from "./support/real-pool.ts";
import { demoConfig } from "./support/stored-session.ts";

describe("agents", { timeout: 60_000 }, () => {
  it("are settings that several sessions are made with", async () => {
    await using subject = await RealPool.create();
    const pool = await subject.start();
    const agent = await pool.agents.create({ tenant: "default", config: { ...demoConfig, name: "worker" } });
    await expect(pool.agents.create({ tenant: "default", config: { ...demoConfig, agentType: "nobody" } })).rejects.toMatchObject({ code: "bad_request" });
    expect(await pool.agents.get("default", agent.id)).toEqual(agent);
    const sessions = await Promise.all([1, 2].map(() => newSession(pool, { provision: false, request: { agent: { id: agent.id } } })));
    expect(sessions.map(({ agentId }) => agentId)).toEqual([agent.id, agent.id]);
    expect((await pool.agents.list("default", { limit: 9 })).items).toEqual([agent]);
  });

  it("belong to one tenant", async () => {
    await using subject = await RealPool.create();
    const pool = await subject.start();
    const { id } = await pool.agents.create({ tenant: "a", config: demoConfig });
    expect((await pool.agents.list("b", { limit: 9 })).items).toEqual([]);
    await expect(pool.agents.get("b", id)).rejects.toMatchObject({ code: "not_found" });
    await expect(pool.agents.delete("b", id)).rejects.toMatchObject({ code: "not_found" });
    await expect(newSession(pool, { provision: false, request: { tenant: "b", agent: { id } } })).rejects.toMatchObject({ code: "not_found" });
    // Refused before anything was made.
    expect((await pool.volumes.list("b", { limit: 9 })).items).toEqual([]);
  });

  it("are deleted after their sessions, and those after their sandboxes", async () => {
    await using subject = await RealPool.create();
    const pool = await subject.start();
    const { id } = await pool.agents.create({ tenant: "default", config: demoConfig });
    await Promise.all([newSession(pool, { request: { agent: { id } } }), newSession(pool, { request: { agent: { id } } }), newSession(pool, { provision: false, request: { agent: { id } } })]);
    const other = await newSession(pool);
    await pool.agents.delete("default", id);
    await expect(pool.agents.get("default", id)).rejects.toMatchObject({ code: "not_found" });
    await expect(pool.agents.delete("default", id)).rejects.toMatchObject({ code: "not_found" });
    expect((await subject.store.sessions.list({}, { limit: 9 })).items.map((session) => session.id)).toEqual([other.id]);
    expect(await subject.sandboxes()).toEqual([other.sandbox.sandboxId]);
  });

  it("made for a session that is refused after all are gone with it", async () => {
    await using subject = await RealPool.create();
    const store = Object.assign(Object.create(subject.store) as typeof subject.store, {});
    const sessions = { ...subject.store.sessions, insert: () => Promise.reject(new AgentSdkError("conflict", "The volume is being deleted.")) };
    Object.defineProperty(store, "sessions", { value: sessions });
    const pool = await subject.start({}, { store });
    await expect(newSession(pool)).rejects.toMatchObject({ code: "conflict" });
    expect((await pool.agents.list("default", { limit: 9 })).items).toEqual([]);
  });

  it.each([false, true])("whose deletion a process died in, at whatever step, are gone after the next start (step applied: %s)", async (applied) => {
    let steps: readonly string[] = [];
    for (let diesAt = 1, done = false; !done; diesAt += 1) {
      await using subject = await RealPool.create();
      const before = await subject.start();
      const { id } = await before.agents.create({ tenant: "default", config: demoConfig });
      await newSession(before, { request: { agent: { id } } });
      await before.stop();
      const mortal = new Mortal(diesAt, { applied });
      const parts = { store: mortal.store(subject.store), providers: new Map([["unix_local", mortal.provider(subject.provider)]]) };
      const doomed = await subject.start({ soleReplica: true, scanMs: 600_000, sweepIntervalMs: 600_000 }, parts);
      const deletion = doomed.agents.delete("default", id).then(
        () => true,
        () => false,
      );
      const death = async (): Promise<boolean> => {
        while (!mortal.dead) await sleep(subject.env, 20);
        return false;
      };
      done = await Promise.race([deletion, death()]);
      await doomed.stop({ graceMs: 0 });
      const next = await subject.start({ soleReplica: true });
      // Before the mark was set nothing has happened: the caller, who got no answer, asks again.
      if ((await subject.store.agents.get(id))?.deleting === false) await next.agents.delete("default", id);
      while ((await subject.store.agents.listDeleting(9)).length > 0) await sleep(subject.env, 20);
      expect((await subject.store.sessions.list({}, { limit: 9 })).items, mortal.asked.join()).toEqual([]);
      expect([await subject.store.agents.get(id), await subject.sandboxes()], mortal.asked.join()).toEqual([null, []]);
      steps = mortal.asked;
    }
    expect(steps).toEqual(expect.arrayContaining(["agents.setDeleting", "sessions.setIntents", "destroy", "sessions.remove", "agents.delete"]));
  }, 300_000);
});
