import type { StoreFixture } from "@agent-sdk/core/contract";
import { describe, expect, it } from "vitest";
import { insertOwned } from "./sessions.ts";

/** Values that the database cannot hold are the caller's mistake, not the server's, and harm nothing. */
export function describeRefusedValues(name: string, create: () => Promise<StoreFixture>): void {
  describe(`refused values ${name}`, () => {
    it("are a bad request when they hold a NUL character", async () => {
      await using fixture = await create();
      await expect(fixture.store.sessions.get("a\u0000b")).rejects.toMatchObject({ code: "bad_request" });
      await insertOwned(fixture.store, "s1");
      const commit = { commitId: "c1", sessionId: "s1", generation: 1, events: [{ rpcId: null, message: "\u0000" }] };
      await expect(fixture.store.commits.commit([commit])).rejects.toMatchObject({ code: "bad_request" });
      expect(await fixture.store.sessions.head("s1")).toMatchObject({ lastSeq: 0 });
    });

    it("are too large when an id is longer than an index can hold", async () => {
      await using fixture = await create();
      await insertOwned(fixture.store, "s1");
      const rpcId = Array.from({ length: 3_000 }, (_, index) => index.toString(36)).join("");
      const prompt = { sessionId: "s1", rpcId, content: [], model: null, onSandboxLoss: "fail", interrupt: false, event: "{}" } as const;
      await expect(fixture.store.prompts.enqueue(prompt)).rejects.toMatchObject({ code: "too_large" });
      expect(await fixture.store.sessions.head("s1")).toMatchObject({ lastSeq: 0 });
    });
  });
}
