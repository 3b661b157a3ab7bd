import { describe, expect, it } from "vitest";
import { queueLimits } from "../store.ts";
import type { StoreContract } from "./store-fixture.ts";
import { openStoreBench, texts } from "./store-fixture.ts";

export function describeStorePrompts(contract: StoreContract): void {
  describe("prompts", () => {
    it("stores a prompt with its event, as it was given", async () => {
      await using bench = await openStoreBench(contract);
      const { id } = await bench.session();
      const content = [{ type: "text", text: "\u0000 \ud800 🙂 \"", z: 1, a: { b: null } }];
      const { prompt, created, seq } = await bench.enqueue(id, "p1", { content, model: "m", onSandboxLoss: "retry", event: '{"queued": 1}' });
      expect({ created, seq }).toEqual({ created: true, seq: 1 });
      expect(prompt).toEqual({
        rpcId: "p1", sessionId: id, position: 1, state: "queued", content, model: "m", onSandboxLoss: "retry", attempt: 0,
        cancelRequestedAt: null, stopReason: null, error: null, createdAt: expect.any(Date), startedAt: null, endedAt: null,
      });
      expect(await bench.store.prompts.get(id, "p1")).toEqual(prompt);
      expect(await bench.store.prompts.get(id, "p2")).toBeNull();
      expect(await bench.store.prompts.get("none", "p1")).toBeNull();
      expect(await bench.events(id)).toEqual([{ sessionId: id, seq: 1, rpcId: "p1", message: '{"queued": 1}', createdAt: expect.any(Date) }]);
    });

    it("gives places in the order of arrival and counts as activity", async () => {
      await using bench = await openStoreBench(contract);
      const session = await bench.session();
      await bench.advance(1_000);
      for (const rpcId of ["b", "a", "c"]) await bench.enqueue(session.id, rpcId);
      const prompts = await bench.store.prompts.list(session.id);
      expect(prompts.map(({ rpcId, position }) => [rpcId, position])).toEqual([["b", 1], ["a", 2], ["c", 3]]);
      expect((await bench.store.sessions.get(session.id))?.lastActivityAt.getTime()).toBeGreaterThan(session.lastActivityAt.getTime());
    });

    it("answers the first row to a second call with the same id and content, and writes nothing", async () => {
      await using bench = await openStoreBench(contract);
      const { id } = await bench.session();
      const first = await bench.enqueue(id, "p1", { content: [{ a: 1, b: { c: 2, d: 3 } }] });
      const second = await bench.enqueue(id, "p1", { content: [{ b: { d: 3, c: 2 }, a: 1 }], event: '"other"' });
      expect(second).toEqual({ prompt: first.prompt, created: false, seq: null });
      expect(texts(await bench.events(id))).toEqual(['"queued p1"']);
      await expect(bench.enqueue(id, "p1", { content: [{ a: 2 }] })).rejects.toMatchObject({ code: "conflict" });
    });

    it("counts what waits and what runs, with the bytes of what waits", async () => {
      await using bench = await openStoreBench(contract);
      const owner = await bench.owned();
      const { prompts } = bench.store;
      const content = [{ type: "text", text: "é\u0000" }];
      const bytes = new TextEncoder().encode(JSON.stringify(content)).length;
      expect(await prompts.count(owner.sessionId)).toEqual({ queued: 0, running: 0, queuedBytes: 0 });
      for (const rpcId of ["p1", "p2", "p3"]) await bench.enqueue(owner.sessionId, rpcId, { content });
      expect(await prompts.count(owner.sessionId)).toEqual({ queued: 3, running: 0, queuedBytes: 3 * bytes });
      await bench.commit(owner, { promptMove: { rpcId: "p1", from: "queued", to: "running" } });
      await prompts.cancelQueued(owner.sessionId, "p2", "{}");
      expect(await prompts.count(owner.sessionId)).toEqual({ queued: 1, running: 1, queuedBytes: bytes });
      await bench.commit(owner, { promptMove: { rpcId: "p1", from: "running", to: "done" } });
      expect(await prompts.count(owner.sessionId)).toEqual({ queued: 1, running: 0, queuedBytes: bytes });
      expect(await prompts.count("none")).toEqual({ queued: 0, running: 0, queuedBytes: 0 });
    });

    it("refuses a prompt beyond the number that may wait, and writes nothing; what waits already is answered again", async () => {
      await using bench = await openStoreBench(contract);
      const owner = await bench.owned();
      const { prompts } = bench.store;
      await bench.running(owner, "running");
      // Together: the bound must hold against calls at the same time.
      const more = await Promise.allSettled(Array.from({ length: queueLimits.prompts + 5 }, (_, index) => bench.enqueue(owner.sessionId, `p${index}`)));
      const refused = more.filter((result) => result.status === "rejected");
      expect(refused.map(({ reason }) => (reason as { readonly code: string }).code)).toEqual(Array.from({ length: 5 }, () => "rate_limited"));
      expect(await prompts.count(owner.sessionId)).toMatchObject({ queued: queueLimits.prompts, running: 1 });
      const head = await bench.store.sessions.head(owner.sessionId);
      await expect(bench.enqueue(owner.sessionId, "more", { interrupt: true })).rejects.toMatchObject({ code: "rate_limited", details: { maxPrompts: queueLimits.prompts } });
      expect(await bench.store.sessions.head(owner.sessionId)).toEqual(head);
      expect((await prompts.get(owner.sessionId, "running"))?.cancelRequestedAt).toBeNull();
      const [waiting] = await prompts.list(owner.sessionId, { states: ["queued"], limit: 1 });
      expect(await bench.enqueue(owner.sessionId, waiting?.rpcId ?? "", { content: waiting?.content ?? [] })).toMatchObject({ created: false });
      await prompts.cancelQueued(owner.sessionId, waiting?.rpcId ?? "", "{}");
      expect(await bench.enqueue(owner.sessionId, "more")).toMatchObject({ created: true });
      expect(await bench.enqueue((await bench.session()).id, "p1")).toMatchObject({ created: true });
    });

    it("refuses a prompt beyond the bytes that may wait; what runs and what ended does not count", async () => {
      await using bench = await openStoreBench(contract);
      const owner = await bench.owned();
      const content = [{ type: "text", text: "x".repeat(queueLimits.bytes / 4 - 100) }];
      for (const rpcId of ["p1", "p2", "p3", "p4"]) await bench.enqueue(owner.sessionId, rpcId, { content });
      await expect(bench.enqueue(owner.sessionId, "p5", { content })).rejects.toMatchObject({ code: "rate_limited", details: { maxBytes: queueLimits.bytes } });
      expect(await bench.enqueue(owner.sessionId, "small")).toMatchObject({ created: true });
      await bench.commit(owner, { promptMove: { rpcId: "p1", from: "queued", to: "running" } });
      expect(await bench.enqueue(owner.sessionId, "p5", { content })).toMatchObject({ created: true });
    });

    it("has ids per session", async () => {
      await using bench = await openStoreBench(contract);
      const [one, two] = [await bench.session(), await bench.session()];
      expect(await bench.enqueue(one.id, "p1")).toMatchObject({ created: true });
      expect(await bench.enqueue(two.id, "p1")).toMatchObject({ created: true, seq: 1, prompt: { position: 1 } });
    });

    it("refuses a session that is not there or is being deleted", async () => {
      await using bench = await openStoreBench(contract);
      const { id } = await bench.session();
      await bench.store.sessions.setIntents(id, { delete: true });
      await expect(bench.enqueue(id, "p1")).rejects.toMatchObject({ code: "not_found" });
      await expect(bench.enqueue("none", "p1")).rejects.toMatchObject({ code: "not_found" });
      expect(await bench.events(id)).toEqual([]);
    });

    it("marks the running prompt when another interrupts it, and queues that behind those who wait", async () => {
      await using bench = await openStoreBench(contract);
      const owner = await bench.owned();
      await bench.running(owner, "p1");
      await bench.enqueue(owner.sessionId, "p2");
      const { prompt } = await bench.enqueue(owner.sessionId, "p3", { interrupt: true });
      const [p1, p2, p3] = await bench.store.prompts.list(owner.sessionId);
      expect(p1).toMatchObject({ rpcId: "p1", state: "running", cancelRequestedAt: expect.any(Date) });
      expect(p2).toMatchObject({ rpcId: "p2", state: "queued", cancelRequestedAt: null });
      expect(p3).toEqual(prompt);
      expect(p3).toMatchObject({ position: 3, state: "queued", cancelRequestedAt: null });
    });

    it("marks the one that is about to run where none runs yet", async () => {
      await using bench = await openStoreBench(contract);
      const owner = await bench.owned();
      await bench.enqueue(owner.sessionId, "p1");
      await bench.enqueue(owner.sessionId, "p2");
      await bench.enqueue(owner.sessionId, "p3", { interrupt: true });
      const marked = (await bench.store.prompts.list(owner.sessionId)).map((prompt) => [prompt.rpcId, prompt.state, prompt.cancelRequestedAt !== null]);
      expect(marked).toEqual([["p1", "queued", true], ["p2", "queued", false], ["p3", "queued", false]]);
      expect(await bench.store.prompts.requestCancel(owner.sessionId)).toMatchObject({ rpcId: "p1" });
    });

    it("lists by state and up to a limit", async () => {
      await using bench = await openStoreBench(contract);
      const owner = await bench.owned();
      await bench.running(owner, "p1");
      for (const rpcId of ["p2", "p3", "p4"]) await bench.enqueue(owner.sessionId, rpcId);
      const list = async (...filter: Parameters<typeof bench.store.prompts.list> extends [string, ...infer Rest] ? Rest : never): Promise<string[]> =>
        (await bench.store.prompts.list(owner.sessionId, ...filter)).map((prompt) => prompt.rpcId);
      expect(await list({ states: ["running"] })).toEqual(["p1"]);
      expect(await list({ states: ["queued"], limit: 2 })).toEqual(["p2", "p3"]);
      expect(await list({ states: ["queued", "running"] })).toEqual(["p1", "p2", "p3", "p4"]);
      expect(await list({ states: [] })).toEqual([]);
      expect(await bench.store.prompts.list("none")).toEqual([]);
    });

    it("marks the running prompt to be cancelled, once", async () => {
      await using bench = await openStoreBench(contract);
      const owner = await bench.owned();
      expect(await bench.store.prompts.requestCancel(owner.sessionId)).toBeNull();
      await bench.running(owner, "p1");
      await bench.enqueue(owner.sessionId, "p2");
      const marked = await bench.store.prompts.requestCancel(owner.sessionId);
      expect(marked).toMatchObject({ rpcId: "p1", state: "running", cancelRequestedAt: expect.any(Date) });
      await bench.advance(1_000);
      expect(await bench.store.prompts.requestCancel(owner.sessionId)).toEqual(marked);
      expect(await bench.store.prompts.get(owner.sessionId, "p2")).toMatchObject({ cancelRequestedAt: null });
      expect(await bench.store.prompts.requestCancel("none")).toBeNull();
    });

    it("takes a waiting prompt out with its last event, once", async () => {
      await using bench = await openStoreBench(contract);
      const owner = await bench.owned();
      await bench.running(owner, "p1");
      await bench.enqueue(owner.sessionId, "p2");
      const { prompt, seq } = await bench.store.prompts.cancelQueued(owner.sessionId, "p2", '{"ended": true}');
      expect(prompt).toMatchObject({ state: "cancelled", stopReason: "cancelled", endedAt: expect.any(Date), attempt: 0 });
      expect(seq).toBe(3);
      expect((await bench.events(owner.sessionId)).at(-1)).toMatchObject({ seq: 3, rpcId: "p2", message: '{"ended": true}' });
      await expect(bench.store.prompts.cancelQueued(owner.sessionId, "p2", "{}")).rejects.toMatchObject({ code: "conflict" });
      await expect(bench.store.prompts.cancelQueued(owner.sessionId, "p1", "{}")).rejects.toMatchObject({ code: "conflict" });
      await expect(bench.store.prompts.cancelQueued(owner.sessionId, "p9", "{}")).rejects.toMatchObject({ code: "not_found" });
      await expect(bench.store.prompts.cancelQueued("none", "p1", "{}")).rejects.toMatchObject({ code: "not_found" });
      expect(await bench.events(owner.sessionId)).toHaveLength(3);
    });

    it("counts the unfinished prompts of several sessions, and of all", async () => {
      await using bench = await openStoreBench(contract);
      const { prompts } = bench.store;
      expect(await prompts.countAll()).toEqual({ queued: 0, running: 0 });
      const [busy, idle, other] = [await bench.owned(), await bench.owned(), await bench.owned({ tenant: "other" })];
      await bench.running(busy, "p1");
      await bench.enqueue(busy.sessionId, "p2");
      await bench.enqueue(busy.sessionId, "p3");
      await bench.running(idle, "p1");
      await bench.commit(idle, { promptMove: { rpcId: "p1", from: "running", to: "done" } });
      await bench.enqueue(other.sessionId, "p1");
      expect(await prompts.countEach([busy.sessionId, idle.sessionId, "none"])).toEqual(new Map([[busy.sessionId, { queued: 2, running: 1 }]]));
      expect(await prompts.countEach([])).toEqual(new Map());
      expect(await prompts.countAll()).toEqual({ queued: 3, running: 1 });
    });
  });
}
