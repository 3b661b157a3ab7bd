import type { LeaseStore, RuntimeEnv, Store } from "@agent-sdk/core";
import { AgentSdkError, localNotifications, systemEnv } from "@agent-sdk/core";
import { createCatalogue } from "@agent-sdk/agents";
import { memoryStore } from "@agent-sdk/core/testing";
import { expect, it } from "vitest";
import { BackgroundTasks } from "../src/background.ts";
import { Committer } from "../src/commit/committer.ts";
import { defaultPoolOptions, type PoolEnv } from "../src/env.ts";
import { Heartbeat } from "../src/replica/heartbeat.ts";
import { Ownership } from "../src/replica/ownership.ts";
import { ownedSession } from "./support/stored-session.ts";

/** The real store, which cannot read the rows of one session. */
function withUnreadable(store: Store, unreadable: string, attempts: string[]): Store {
  const leases: LeaseStore = {
    ...store.leases,
    async acquire(sessionId, replicaId) {
      attempts.push(sessionId);
      if (sessionId === unreadable) throw new AgentSdkError("internal", "What the database holds of it cannot be decrypted.");
      return store.leases.acquire(sessionId, replicaId);
    },
  };
  return { ...store, leases };
}

it("takes up the others beside a session that cannot be read, and asks for that one ever more rarely", async () => {
  let now = 1_000;
  const system = systemEnv();
  const runtime: RuntimeEnv = { ...system, clock: { now: () => now, monotonic: () => now } };
  const memory = memoryStore(runtime);
  const ids: string[] = [];
  for (let count = 0; count < 5; count += 1) {
    const { session, replicaId } = await ownedSession(runtime, memory);
    await memory.leases.retireReplica(replicaId);
    await memory.sessions.setIntents(session.id, { release: true });
    ids.push(session.id);
  }
  const [unreadable = "", ...readable] = ids;
  const attempts: string[] = [];
  const env: PoolEnv = {
    ...runtime,
    store: withUnreadable(memory, unreadable, attempts),
    notifications: localNotifications(),
    providers: new Map(),
    supervisors: { connect: () => { throw new Error("there is no sandbox"); } },
    catalogue: createCatalogue({ runtimeDirectory: "/nowhere" }),
  };
  const background = new BackgroundTasks(runtime.log);
  const heartbeat = new Heartbeat(env, defaultPoolOptions, () => undefined);
  const ownership = new Ownership(env, defaultPoolOptions, new Committer(env, background, () => undefined), heartbeat, background, { onDeleted: () => undefined, onAppended: () => undefined });
  await heartbeat.start();
  const tries = (): number => attempts.filter((id) => id === unreadable).length;

  for (let round = 0; round < 10; round += 1) await ownership.scan();
  expect(readable.every((id) => attempts.includes(id))).toBe(true);
  expect(tries()).toBe(1);
  for (const [afterMs, expected] of [[999, 1], [1, 2], [1_999, 2], [1, 3]] as const) {
    now += afterMs;
    await ownership.scan();
    expect([afterMs, tries()]).toEqual([afterMs, expected]);
  }
  await expect(ownership.attend(unreadable)).rejects.toMatchObject({ code: "internal" });
  await ownership.close(new AgentSdkError("draining", "The test is over."));
  await background.settled();
  await heartbeat.stop();
});
