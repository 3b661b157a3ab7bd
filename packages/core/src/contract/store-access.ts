import { describe, expect, it } from "vitest";
import type { NewApiKey, NewSessionToken } from "../access-store.ts";
import type { StoreContract } from "./store-fixture.ts";
import { openStoreBench } from "./store-fixture.ts";

const key: NewApiKey = { id: "key-1", tenant: "tenant", name: "laptop", scopes: ["read", "sessions"], prefix: "ask_1", hash: "hash-1", ttlMs: null };

function token(sessionId: string, changes: Partial<NewSessionToken> = {}): NewSessionToken {
  return { id: "token-1", sessionId, scopes: ["read"], keyId: null, issuer: "somebody", hash: "hash-t", ttlMs: 60_000, ...changes };
}

export function describeStoreKeys(contract: StoreContract): void {
  describe("keys", () => {
    it("keeps a key and finds it by its prefix", async () => {
      await using bench = await openStoreBench(contract);
      const { keys } = bench.store;
      const inserted = await keys.insert(key);
      expect(inserted).toEqual({ id: "key-1", tenant: "tenant", name: "laptop", scopes: ["read", "sessions"], prefix: "ask_1", createdAt: expect.any(Date), expiresAt: null });
      expect(await keys.find("ask_1")).toEqual({ key: inserted, hash: "hash-1" });
      expect(await keys.find("ask_")).toBeNull();
      await expect(keys.insert({ ...key, id: "key-2" })).rejects.toMatchObject({ code: "conflict" });
      await expect(keys.insert({ ...key, prefix: "ask_2" })).rejects.toMatchObject({ code: "conflict" });
    });

    it("lets a key end by itself, for everybody at once, and still lists it", async () => {
      await using bench = await openStoreBench(contract);
      const { keys } = bench.store;
      const { createdAt, expiresAt } = await keys.insert({ ...key, name: null, ttlMs: 10_000 });
      expect((expiresAt?.getTime() ?? 0) - createdAt.getTime()).toBe(10_000);
      await keys.insert({ ...key, id: "key-2", prefix: "ask_2" });
      await bench.advance(5_000);
      expect(await keys.findValid(["key-1", "key-2", "key-3"])).toEqual(new Set(["key-1", "key-2"]));
      await bench.advance(6_000);
      expect(await keys.find("ask_1")).toBeNull();
      expect(await keys.findValid(["key-1", "key-2"])).toEqual(new Set(["key-2"]));
      expect((await keys.list("tenant", { limit: 9 })).items.map(({ id }) => id).toSorted()).toEqual(["key-1", "key-2"]);
      expect(await keys.findValid([])).toEqual(new Set());
    });

    it("lists a tenant's own, newest first, page by page, and deletes them for that tenant only", async () => {
      await using bench = await openStoreBench(contract);
      const { keys } = bench.store;
      for (const id of ["a", "b", "c"]) {
        await keys.insert({ ...key, id, prefix: id });
        await bench.advance(1);
      }
      await keys.insert({ ...key, id: "d", prefix: "d", tenant: "other" });
      const first = await keys.list("tenant", { limit: 2 });
      const second = await keys.list("tenant", { limit: 2, cursor: first.nextCursor ?? "" });
      expect([first, second].map(({ items }) => items.map(({ id }) => id))).toEqual([["c", "b"], ["a"]]);
      expect(second.nextCursor).toBeNull();
      await expect(keys.list("tenant", { limit: 2, cursor: "nonsense" })).rejects.toMatchObject({ code: "bad_request" });
      expect(await keys.delete("tenant", "d")).toBe(false);
      expect(await keys.delete("tenant", "b")).toBe(true);
      expect(await keys.delete("tenant", "b")).toBe(false);
      expect(await keys.find("b")).toBeNull();
      expect(await keys.find("d")).not.toBeNull();
    });
  });
}

export function describeStoreTokens(contract: StoreContract): void {
  describe("tokens", () => {
    it("keeps a token of a session, until it expires", async () => {
      await using bench = await openStoreBench(contract);
      const { id } = await bench.session();
      const { tokens } = bench.store;
      const inserted = await tokens.insert(token(id));
      expect(inserted).toEqual({ id: "token-1", sessionId: id, tenant: "tenant", scopes: ["read"], keyId: null, issuer: "somebody", createdAt: expect.any(Date), expiresAt: expect.any(Date) });
      expect(await tokens.find("token-1")).toEqual({ token: inserted, hash: "hash-t" });
      await expect(tokens.insert(token(id))).rejects.toMatchObject({ code: "conflict" });
      await tokens.insert(token(id, { id: "token-2", ttlMs: 120_000 }));
      await bench.advance(61_000);
      expect(await tokens.find("token-1")).toBeNull();
      expect(await tokens.findValid(["token-1", "token-2", "none"])).toEqual(new Set(["token-2"]));
      expect([await tokens.expire(), await tokens.expire()]).toEqual([1, 0]);
      expect([await tokens.delete("token-2"), await tokens.delete("token-2")]).toEqual([true, false]);
    });

    it("ends a token with its session, from the moment on at which that is to be deleted", async () => {
      await using bench = await openStoreBench(contract);
      const owner = await bench.owned();
      const { tokens, sessions } = bench.store;
      await tokens.insert(token(owner.sessionId));
      await sessions.setIntents(owner.sessionId, { delete: true });
      expect([await tokens.find("token-1"), await tokens.findValid(["token-1"])]).toEqual([null, new Set()]);
      expect(await sessions.remove(owner.sessionId, owner.generation)).toBe(true);
      expect(await bench.countRows(owner.sessionId)).toBe(0);
      await expect(tokens.insert(token(owner.sessionId))).rejects.toMatchObject({ code: "not_found" });
    });

    it("ends a token with the key that made it", async () => {
      await using bench = await openStoreBench(contract);
      const { id } = await bench.session();
      const { keys, tokens } = bench.store;
      await keys.insert({ ...key, ttlMs: 10_000 });
      await keys.insert({ ...key, id: "key-2", prefix: "ask_2" });
      await tokens.insert(token(id, { keyId: "key-1", issuer: null }));
      await tokens.insert(token(id, { id: "token-2", keyId: "key-2", issuer: null }));
      await bench.advance(11_000);
      expect(await tokens.findValid(["token-1", "token-2"])).toEqual(new Set(["token-2"]));
      await keys.delete("tenant", "key-2");
      expect([await tokens.find("token-1"), await tokens.find("token-2")]).toEqual([null, null]);
      await expect(tokens.insert(token(id, { id: "token-3", keyId: "key-2" }))).rejects.toMatchObject({ code: "not_found" });
    });
  });
}
