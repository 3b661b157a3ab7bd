import { describe, expect, it } from "vitest";
import type { StoreContract } from "./store-fixture.ts";
import { openStoreBench } from "./store-fixture.ts";

const entry = { tenant: "tenant", key: "key", requestHash: "hash", staleMs: 10_000 };

export function describeStoreIdempotency(contract: StoreContract): void {
  describe("idempotency keys", () => {
    it("runs a request once and repeats its answer", async () => {
      await using bench = await openStoreBench(contract);
      const { idempotency } = bench.store;
      expect(await idempotency.begin(entry)).toEqual({ outcome: "new" });
      expect(await idempotency.begin(entry)).toEqual({ outcome: "running" });
      const answer = { status: 201, body: { z: "\u0000", a: [1, null] } };
      await idempotency.complete("tenant", "key", answer);
      expect(await idempotency.begin(entry)).toEqual({ outcome: "done", answer });
      await bench.advance(20_000);
      expect(await idempotency.begin(entry)).toEqual({ outcome: "done", answer });
    });

    it("keeps an answer of null", async () => {
      await using bench = await openStoreBench(contract);
      await bench.store.idempotency.begin(entry);
      await bench.store.idempotency.complete("tenant", "key", { status: 204, body: null });
      expect(await bench.store.idempotency.begin(entry)).toEqual({ outcome: "done", answer: { status: 204, body: null } });
    });

    it("refuses a key with another request, whatever became of the first", async () => {
      await using bench = await openStoreBench(contract);
      const { idempotency } = bench.store;
      await idempotency.begin(entry);
      expect(await idempotency.begin({ ...entry, requestHash: "other" })).toEqual({ outcome: "mismatch" });
      await bench.advance(20_000);
      expect(await idempotency.begin({ ...entry, requestHash: "other" })).toEqual({ outcome: "mismatch" });
      await idempotency.complete("tenant", "key", { status: 200, body: null });
      expect(await idempotency.begin({ ...entry, requestHash: "other" })).toEqual({ outcome: "mismatch" });
    });

    it("has keys per tenant", async () => {
      await using bench = await openStoreBench(contract);
      await bench.store.idempotency.begin(entry);
      expect(await bench.store.idempotency.begin({ ...entry, tenant: "other" })).toEqual({ outcome: "new" });
    });

    it("gives out anew what has been running for too long, to one", async () => {
      await using bench = await openStoreBench(contract);
      await bench.store.idempotency.begin(entry);
      await bench.advance(entry.staleMs - 1_000);
      expect(await bench.store.idempotency.begin(entry)).toEqual({ outcome: "running" });
      await bench.advance(2_000);
      const outcomes = await Promise.all([1, 2, 3, 4].map(async () => (await bench.store.idempotency.begin(entry)).outcome));
      expect(outcomes.toSorted()).toEqual(["new", "running", "running", "running"]);
    });

    it("forgets a request that did nothing, and keeps one that did", async () => {
      await using bench = await openStoreBench(contract);
      const { idempotency } = bench.store;
      await idempotency.begin(entry);
      await idempotency.abandon("tenant", "key");
      expect(await idempotency.begin(entry)).toEqual({ outcome: "new" });
      await idempotency.complete("tenant", "key", { status: 200, body: 1 });
      await idempotency.abandon("tenant", "key");
      expect(await idempotency.begin(entry)).toMatchObject({ outcome: "done" });
    });

    it("deletes what is old, and counts it", async () => {
      await using bench = await openStoreBench(contract);
      const { idempotency } = bench.store;
      await idempotency.begin(entry);
      await idempotency.begin({ ...entry, key: "done" });
      await idempotency.complete("tenant", "done", { status: 200, body: 1 });
      await bench.advance(5_000);
      await idempotency.begin({ ...entry, key: "young" });
      expect(await idempotency.expire(3_000)).toBe(2);
      expect(await idempotency.expire(3_000)).toBe(0);
      expect(await idempotency.begin({ ...entry, key: "young" })).toEqual({ outcome: "running" });
      expect(await idempotency.begin(entry)).toEqual({ outcome: "new" });
    });
  });
}
