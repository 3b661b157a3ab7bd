import type { RuntimeEnv, Store } from "@agent-sdk/core";
import { resultFrame, systemEnv } from "@agent-sdk/core";
import { memoryStore } from "@agent-sdk/core/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BackgroundTasks } from "../src/background.ts";
import { Committer } from "../src/commit/committer.ts";
import { SessionWriter } from "../src/commit/session-writer.ts";
import { Feeds } from "../src/feed/feeds.ts";
import type { Subscription } from "../src/session-service.ts";
import { ownedSession } from "./support/stored-session.ts";

const env: RuntimeEnv = systemEnv();

async function collect(subscription: Subscription): Promise<{ seqs: number[]; goodbye: string | null }> {
  const seqs: number[] = [];
  for await (const item of subscription.items) {
    if (item.type === "goodbye") return { seqs, goodbye: item.reason };
    seqs.push(...item.events.map((event) => event.seq));
  }
  return { seqs, goodbye: null };
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, index) => from + index);

describe("Feeds", () => {
  let store: Store;
  let feeds: Feeds;
  let committer: Committer;
  const background = new BackgroundTasks(env.log);

  beforeEach(() => {
    store = memoryStore(env);
    feeds = new Feeds({ ...env, store });
    committer = new Committer({ ...env, store }, background, (events) => feeds.publish(events));
  });

  afterEach(async () => {
    feeds.endAll("draining");
    await background.settled();
    await store[Symbol.asyncDispose]();
  });

  async function writable(): Promise<{ id: string; write(count: number): Promise<void> }> {
    const { session } = await ownedSession(env, store);
    const writer = new SessionWriter(session.id, session.head.generation);
    const one = { rpcId: null, message: '{"jsonrpc":"2.0","method":"x"}' };
    return {
      id: session.id,
      async write(count) {
        await committer.write(writer, { events: Array.from({ length: count }, () => one) });
      },
    };
  }

  it("gives each of many subscribers exactly what follows its position, while events flow", async () => {
    const session = await writable();
    await session.write(1000);
    const positions = Array.from({ length: 20 }, (_, index) => index * 50);
    const subscribers = await Promise.all(positions.map((after) => feeds.subscribe(session.id, { after })));
    const collecting = subscribers.map(collect);
    for (let round = 0; round < 60; round += 1) await session.write(150);
    const late = collect(await feeds.subscribe(session.id, { after: 777 }));
    feeds.endAll("draining");
    for (const [index, result] of (await Promise.all(collecting)).entries()) {
      expect(result).toEqual({ seqs: range((positions[index] ?? 0) + 1, 10_000), goodbye: "draining" });
    }
    expect(await late).toEqual({ seqs: range(778, 10_000), goodbye: "draining" });
  });

  it("follows rows that another replica wrote, once it is told or asks", async () => {
    const session = await writable();
    const elsewhere = new Feeds({ ...env, store });
    const collecting = collect(await elsewhere.subscribe(session.id, { after: 0 }));
    await session.write(3);
    await elsewhere.refresh();
    await session.write(4);
    await elsewhere.refresh([session.id]);
    elsewhere.endAll("draining");
    expect((await collecting).seqs).toEqual(range(1, 7));
  });

  it("has no gap where rows that were only noticed lie between rows that were published", async () => {
    const { session } = await ownedSession(env, store);
    const writer = new SessionWriter(session.id, session.head.generation);
    const whole = collect(await feeds.subscribe(session.id, { after: 0 }));
    const one = collect(await feeds.subscribe(session.id, { after: 0, rpcId: "p1" }));
    for (const rpcId of ["p0", "p1"]) {
      await committer.write(writer, { events: [{ rpcId: null, message: "{}" }] });
      const { seq } = await store.prompts.enqueue({ sessionId: session.id, rpcId, content: [], model: null, onSandboxLoss: "fail", interrupt: false, event: "{}" });
      feeds.notice(session.id, seq ?? 0);
      // Everybody has come so far before the next is published.
      await new Promise((resolve) => setTimeout(resolve, 5));
      await committer.write(writer, { events: [{ rpcId, message: "{}" }] });
    }
    await committer.write(writer, { events: [{ rpcId: "p1", message: resultFrame("p1", { stopReason: "end_turn" }) }] });
    expect((await one).seqs).toEqual([5, 6, 7]);
    feeds.endAll("draining");
    expect(await whole).toEqual({ seqs: range(1, 7), goodbye: "draining" });
  });

  it("starts at now without a position, and attaches before it resolves", async () => {
    const session = await writable();
    await session.write(5);
    const subscription = await feeds.subscribe(session.id);
    expect(subscription.after).toBe(5);
    await session.write(2);
    const collecting = collect(subscription);
    feeds.endAll("draining");
    expect((await collecting).seqs).toEqual([6, 7]);
  });

  it("ends a prompt's stream after its terminal frame, found by its members", async () => {
    const { session } = await ownedSession(env, store);
    const writer = new SessionWriter(session.id, session.head.generation);
    const quoted = JSON.stringify({ jsonrpc: "2.0", method: "session/update", params: { text: resultFrame("p", { stopReason: "end_turn" }) } });
    const collecting = collect(await feeds.subscribe(session.id, { after: 0, rpcId: "p" }));
    for (const [rpcId, message] of [["other", "{}"], ["p", quoted], ["p", resultFrame("other", {})], ["p", resultFrame("p", { stopReason: "end_turn" })], [null, "{}"]] as const) {
      await committer.write(writer, { events: [{ rpcId, message }] });
    }
    expect(await collecting).toEqual({ seqs: [2, 3, 4], goodbye: null });
  });

  it("refuses a position that does not exist yet, which would hide what comes", async () => {
    const session = await writable();
    await session.write(3);
    await expect(feeds.subscribe(session.id, { after: 4 })).rejects.toMatchObject({ code: "bad_request", details: { last_seq: 3 } });
    expect(feeds.subscribers).toBe(0);
  });

  it("ends at what is committed with follow: false", async () => {
    const session = await writable();
    await session.write(3);
    expect(await collect(await feeds.subscribe(session.id, { after: 1, follow: false }))).toEqual({ seqs: [2, 3], goodbye: null });
  });

  it("says goodbye when the session is deleted, also by another replica", async () => {
    const { session } = await ownedSession(env, store);
    const collecting = collect(await feeds.subscribe(session.id, { after: 0 }));
    await store.sessions.remove(session.id, session.head.generation);
    await feeds.refresh();
    expect(await collecting).toEqual({ seqs: [], goodbye: "session_deleted" });
    await expect(feeds.subscribe(session.id)).rejects.toMatchObject({ code: "not_found" });
  });

  it("forgets a session when its last subscriber has left", async () => {
    const session = await writable();
    const abort = new AbortController();
    const collecting = collect(await feeds.subscribe(session.id, { after: 0, signal: abort.signal }));
    expect(feeds.subscribersOf(session.id)).toBe(1);
    abort.abort();
    await collecting;
    expect(feeds.subscribers).toBe(0);
  });
});
