import { describe, expect, it } from "vitest";
import type { StoreContract } from "./store-fixture.ts";
import { numbers, openStoreBench, seqs, texts } from "./store-fixture.ts";

const oddTexts: readonly (readonly [string, string])[] = [
  ["the order of members", '{"z":1,"a":2,"10":3,"2":4}'],
  ["members that occur twice", '{"a":1,"a":2}'],
  ["white space", ' { "a" :\t[ 1 ,\n 2 ] }\r\n'],
  ["numbers beyond a double", "[1e400, 12345678901234567890, 1.10, -0]"],
  ["characters of every plane", '"é 中 🙂 \u202e \u00a0 \ufeff"'],
  ["escapes as they are written", String.raw`"\u0000 \u00e9 \/ \ud83d\ude42 \\ \" \n"`],
  ["escapes of lone surrogates", String.raw`"\ud800 \udc00x"`],
  ["what looks like an array's syntax", String.raw`{"a":"{NULL,\"x\"}","b":"NULL","c":"\\x00"}`],
  ["the word NULL", "NULL"],
  ["nothing", ""],
  ["a message of a megabyte", JSON.stringify({ text: "x\"\\é🙂".repeat(120_000) })],
];

export function describeStoreEvents(contract: StoreContract): void {
  describe("events", () => {
    it.each(oddTexts)("keeps a message's text byte for byte: %s", async (_name, message) => {
      await using bench = await openStoreBench(contract);
      const owner = await bench.owned();
      await bench.commit(owner, { events: [{ rpcId: "p\"1,{}\\", message }, { rpcId: null, message: "{}" }] });
      await bench.enqueue(owner.sessionId, "p1", { event: message });
      await bench.enqueue(owner.sessionId, "p2");
      await bench.store.prompts.cancelQueued(owner.sessionId, "p1", message);
      const events = await bench.events(owner.sessionId);
      expect([0, 2, 4].map((index) => events[index]?.message === message)).toEqual([true, true, true]);
      expect(events[0]?.rpcId).toBe("p\"1,{}\\");
    });

    it("reads on after a number, up to a limit", async () => {
      await using bench = await openStoreBench(contract);
      const owner = await bench.owned();
      await bench.commit(owner, { events: numbers(10).map((number) => ({ rpcId: null, message: String(number) })) });
      const read = async (after: number, limit: number): Promise<number[]> => seqs(await bench.store.events.read(owner.sessionId, { after, limit }));
      expect(await read(0, 3)).toEqual([1, 2, 3]);
      expect(await read(3, 100)).toEqual([4, 5, 6, 7, 8, 9, 10]);
      expect(await read(10, 100)).toEqual([]);
      expect(await read(99, 100)).toEqual([]);
    });

    it("reads about as many bytes as asked for, at least one event", async () => {
      await using bench = await openStoreBench(contract);
      const owner = await bench.owned();
      await bench.commit(owner, { events: numbers(10).map(() => ({ rpcId: null, message: `"${"é".repeat(500)}"` })) });
      const read = async (maxBytes: number, after = 0): Promise<number> => (await bench.store.events.read(owner.sessionId, { after, limit: 100, maxBytes })).length;
      expect(await read(1)).toBe(1);
      expect(await read(1, 9)).toBe(1);
      expect(await read(3_000)).toBe(3);
      expect(await read(1_000_000)).toBe(10);
    });

    it("reads one prompt's events alone, with its limits", async () => {
      await using bench = await openStoreBench(contract);
      const owner = await bench.owned();
      await bench.commit(owner, { events: numbers(30).map((number) => ({ rpcId: ["p1", "p2", null][number % 3] ?? null, message: String(number) })) });
      const read = async (options: { after: number; limit: number; maxBytes?: number }): Promise<string[]> => texts(await bench.store.events.read(owner.sessionId, { ...options, rpcId: "p1" }));
      expect(await read({ after: 0, limit: 3 })).toEqual(["3", "6", "9"]);
      expect(await read({ after: 9, limit: 2 })).toEqual(["12", "15"]);
      expect(await read({ after: 0, limit: 9, maxBytes: 2 })).toEqual(["3", "6"]);
      expect(await read({ after: 30, limit: 2 })).toEqual([]);
    });

    it("says when what was to follow is not kept any more, and from where it is", async () => {
      await using bench = await openStoreBench(contract);
      const owner = await bench.owned();
      await bench.commit(owner, { events: numbers(10).map((number) => ({ rpcId: "p1", message: String(number) })) });
      await bench.trimEvents(owner.sessionId, 5);
      const read = (after: number, rpcId?: string): Promise<unknown> => bench.store.events.read(owner.sessionId, { after, limit: 2, rpcId });
      await expect(read(0)).rejects.toMatchObject({ code: "cursor_expired", details: { first_seq: 5 } });
      await expect(read(3, "p1")).rejects.toMatchObject({ code: "cursor_expired" });
      expect(await read(4)).toMatchObject([{ seq: 5 }, { seq: 6 }]);
      expect(await bench.store.sessions.head(owner.sessionId)).toMatchObject({ firstSeq: 5, lastSeq: 10 });
      await bench.trimEvents(owner.sessionId, 11);
      await expect(read(9)).rejects.toMatchObject({ code: "cursor_expired", details: { first_seq: 11 } });
      expect(await read(10)).toEqual([]);
      expect(await bench.commit(owner, { events: [{ rpcId: null, message: "11" }] })).toMatchObject({ firstSeq: 11 });
      expect(await read(10)).toMatchObject([{ seq: 11 }]);
    });

    it("does not read of a session that is not there", async () => {
      await using bench = await openStoreBench(contract);
      await expect(bench.store.events.read("none", { after: 0, limit: 1 })).rejects.toMatchObject({ code: "not_found" });
    });

    it("tells the newest number of many sessions at once, and leaves out those that are not there", async () => {
      await using bench = await openStoreBench(contract);
      const [busy, idle] = [await bench.owned(), await bench.session()];
      await bench.commit(busy, { events: [{ rpcId: null, message: "1" }] });
      expect(await bench.store.events.lastSeqs([busy.sessionId, idle.id, "none"])).toEqual(new Map([[busy.sessionId, 1], [idle.id, 0]]));
      expect(await bench.store.events.lastSeqs([])).toEqual(new Map());
    });

    it("lets time go on along the numbers", async () => {
      await using bench = await openStoreBench(contract);
      const owner = await bench.owned();
      for (let round = 0; round < 5; round += 1) {
        await bench.commit(owner, { events: [{ rpcId: null, message: "1" }] });
        await bench.enqueue(owner.sessionId, `p${round}`);
      }
      const times = (await bench.events(owner.sessionId)).map((event) => event.createdAt.getTime());
      expect(times).toEqual(times.toSorted((a, b) => a - b));
    });
  });
}
