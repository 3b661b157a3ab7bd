import { systemEnv } from "@agent-sdk/core";
import { memoryStore } from "@agent-sdk/core/testing";
import { expect, it } from "vitest";
import { ownedSession } from "../../test/support/stored-session.ts";
import { KnownToolCalls } from "./known-tool-calls.ts";

const call = { sessionUpdate: "tool_call", toolCallId: "t", kind: "edit", title: "Edit", rawInput: { file_path: "a" }, locations: [{ path: "a" }] };

it("completes a request by what was told of its call, also to an owner before", async () => {
  const env = systemEnv();
  const store = memoryStore(env);
  const { session } = await ownedSession(env, store);
  const message = JSON.stringify({ jsonrpc: "2.0", method: "session/update", params: { update: call } });
  await store.commits.commit([{ commitId: "c", sessionId: session.id, generation: session.head.generation, events: [{ rpcId: "p", message }] }]);

  const { signal } = new AbortController();
  const told = new KnownToolCalls({ ...env, store }, session.id, signal);
  told.begin("p", { fresh: true });
  told.note(call);
  told.note({ sessionUpdate: "tool_call_update", toolCallId: "t", title: "Edit a", kind: null });
  expect(await told.complete({ toolCallId: "t", title: null })).toMatchObject({ toolCallId: "t", kind: "edit", title: "Edit a", locations: [{ path: "a" }] });
  expect(await told.complete({ toolCallId: "other" })).toEqual({ toolCallId: "other" });

  const next = new KnownToolCalls({ ...env, store }, session.id, signal);
  next.begin("p", { fresh: false });
  expect(await next.complete({ toolCallId: "t" })).toMatchObject({ kind: "edit", rawInput: { file_path: "a" } });
});
