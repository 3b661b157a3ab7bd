import type { Commit, CommitStore, RuntimeEnv, Store, StoredEvent } from "@agent-sdk/core";
import { AgentSdkError, systemEnv } from "@agent-sdk/core";
import { memoryStore } from "@agent-sdk/core/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BackgroundTasks } from "../src/background.ts";
import { Committer } from "../src/commit/committer.ts";
import { SessionWriter } from "../src/commit/session-writer.ts";
import { ownedSession } from "./support/stored-session.ts";

const env: RuntimeEnv = systemEnv();
const event = (text: string): { rpcId: null; message: string } => ({ rpcId: null, message: JSON.stringify({ text }) });

/** The real store, whose replies or calls get lost on the way as told. */
function unreliable(store: Store, faults: ("lost reply" | "lost request")[], calls: Commit[][]): Store {
  const commits: CommitStore = {
    async commit(batch) {
      calls.push([...batch]);
      const fault = faults.shift();
      if (fault === "lost request") throw new AgentSdkError("unavailable", "not sent");
      const results = await store.commits.commit(batch);
      if (fault === "lost reply") throw new AgentSdkError("unknown_outcome", "connection reset");
      return results;
    },
  };
  return { ...store, commits, [Symbol.asyncDispose]: () => store[Symbol.asyncDispose]() };
}

describe("Committer", () => {
  let store: Store;
  let published: StoredEvent[];
  const background = new BackgroundTasks(env.log);

  beforeEach(() => {
    store = memoryStore(env);
    published = [];
  });

  afterEach(async () => {
    await background.settled();
    await store[Symbol.asyncDispose]();
  });

  function committer(faults: ("lost reply" | "lost request")[] = [], calls: Commit[][] = []): Committer {
    return new Committer({ ...env, store: unreliable(store, faults, calls) }, background, (events) => published.push(...events));
  }

  it("publishes what is committed, numbered without gaps, in the order of writing", async () => {
    const { session } = await ownedSession(env, store);
    const writer = new SessionWriter(session.id, session.head.generation);
    const subject = committer();
    await Promise.all(Array.from({ length: 500 }, (_, index) => subject.write(writer, { events: [event(`${index}`)] })));
    expect(published.map(({ seq }) => seq)).toEqual(Array.from({ length: 500 }, (_, index) => index + 1));
    expect(published.map(({ message }) => message)).toEqual(Array.from({ length: 500 }, (_, index) => event(`${index}`).message));
    expect(await store.events.read(session.id, { after: 0, limit: 1000 })).toHaveLength(500);
  });

  it("collects what is written while a call is in flight", async () => {
    const { session } = await ownedSession(env, store);
    const writer = new SessionWriter(session.id, session.head.generation);
    const calls: Commit[][] = [];
    const subject = committer([], calls);
    await Promise.all(Array.from({ length: 100 }, () => subject.write(writer, { events: [event("x")] })));
    expect(calls.length).toBeLessThanOrEqual(2);
  });

  it("writes nothing twice and loses nothing when requests and replies get lost", async () => {
    const { session } = await ownedSession(env, store);
    const writer = new SessionWriter(session.id, session.head.generation);
    const subject = committer(["lost reply", "lost request", "lost reply", "lost reply"]);
    await Promise.all([subject.write(writer, { events: [event("a")] }), subject.write(writer, { events: [event("b")] })]);
    await subject.write(writer, { events: [event("c")] });
    expect(published.map(({ seq, message }) => [seq, message])).toEqual([
      [1, event("a").message],
      [2, event("b").message],
      [3, event("c").message],
    ]);
    const stored = await store.events.read(session.id, { after: 0, limit: 10 });
    expect(stored.map(({ seq, message }) => [seq, message])).toEqual(published.map(({ seq, message }) => [seq, message]));
  });

  it("refuses a fenced owner's writes and publishes none of them, and lets its neighbours through", async () => {
    const old = await ownedSession(env, store);
    const other = await ownedSession(env, store);
    const fenced = new SessionWriter(old.session.id, old.session.head.generation);
    const healthy = new SessionWriter(other.session.id, other.session.head.generation);
    await store.leases.acquire(old.session.id, old.replicaId);
    const subject = committer();
    const [refused, written] = await Promise.allSettled([subject.write(fenced, { events: [event("stale")] }), subject.write(healthy, { events: [event("fresh")] })]);
    expect(refused).toMatchObject({ status: "rejected", reason: { code: "superseded" } });
    expect(written.status).toBe("fulfilled");
    expect(published.map(({ message }) => message)).toEqual([event("fresh").message]);
    await expect(subject.write(fenced, { events: [event("later")] })).rejects.toMatchObject({ code: "superseded" });
  });

  it("does not let what cannot be written harm a neighbour", async () => {
    const one = await ownedSession(env, store);
    const two = await ownedSession(env, store);
    const broken = new SessionWriter(one.session.id, one.session.head.generation);
    const healthy = new SessionWriter(two.session.id, two.session.head.generation);
    const commits: CommitStore = {
      async commit(batch) {
        if (batch.some((commit) => commit.sessionId === one.session.id)) throw new AgentSdkError("internal", "cannot be stored");
        return store.commits.commit(batch);
      },
    };
    const subject = new Committer({ ...env, store: { ...store, commits, [Symbol.asyncDispose]: async () => undefined } }, background, (events) => published.push(...events));
    const [failed, written] = await Promise.allSettled([subject.write(broken, { events: [event("a")] }), subject.write(healthy, { events: [event("b")] })]);
    expect(failed).toMatchObject({ status: "rejected", reason: { code: "internal" } });
    expect(written.status).toBe("fulfilled");
  });

  it("moves a prompt in the commit of its last events", async () => {
    const { session } = await ownedSession(env, store);
    const writer = new SessionWriter(session.id, session.head.generation);
    await store.prompts.enqueue({ sessionId: session.id, rpcId: "p", content: [], model: null, onSandboxLoss: "fail", interrupt: false, event: "{}" });
    const calls: Commit[][] = [];
    const subject = committer([], calls);
    await Promise.all([
      subject.write(writer, { promptMove: { rpcId: "p", from: "queued", to: "running" } }),
      subject.write(writer, { events: [event("1")] }),
      subject.write(writer, { events: [event("2")], promptMove: { rpcId: "p", from: "running", to: "done", stopReason: "end_turn" } }),
    ]);
    expect(calls.flat().map((commit) => [commit.events.length, commit.promptMove?.to])).toEqual([
      [0, "running"],
      [2, "done"],
    ]);
    expect((await store.prompts.get(session.id, "p"))?.state).toBe("done");
  });
});
