import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Api, Follower, range, said } from "./support/api.ts";
import { sandboxesOf } from "./support/processes.ts";
import { ServerProcess } from "./support/server-process.ts";
import { Workspace } from "./support/workspace.ts";

const path = fileURLToPath(new URL("support/hostile-agent.mjs", import.meta.url));

describe("an agent that breaks the protocol", () => {
  let workspace: Workspace;
  let server: ServerProcess;
  let api: Api;

  beforeAll(async () => {
    workspace = await Workspace.create();
    server = await ServerProcess.start({ home: workspace.home });
    api = new Api(server.url);
  });

  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await workspace[Symbol.asyncDispose]();
  });

  async function started(): Promise<{ readonly id: string; readonly follower: Follower }> {
    const id = await api.session({ agent_type: "custom", command: { path: process.execPath, args: [path] } });
    return { id, follower: new Follower(api, id) };
  }

  async function ended({ id, follower }: { readonly id: string; readonly follower: Follower }): Promise<void> {
    const next = await api.send(id, "hello");
    expect((await follower.terminal(next)).message).toMatchObject({ result: { stopReason: "end_turn" } });
    expect(said(follower.frames, next)).toBe("echo: hello");
    await follower.stop();
    expect(follower.goodbyes).toEqual([]);
    expect(follower.seqs).toEqual(range(1, follower.seqs.length));
    await api.call("DELETE", `/sessions/${id}`);
  }

  it.each([
    ["reuse-request-id", "firstsecond"],
    ["number-and-text-ids", "both"],
    ["nested-request", "before"],
    ["answers-twice", ""],
    ["garbage", "after"],
  ])("by %s still gets its turn, and the next one", async (behaviour, text) => {
    const session = await started();
    const rpcId = await api.send(session.id, behaviour);
    expect((await session.follower.terminal(rpcId)).message).toMatchObject({ result: { stopReason: "end_turn" } });
    expect(said(session.follower.frames, rpcId)).toBe(text);
    await ended(session);
    expect(session.follower.frames.filter((frame) => frame.message.method === undefined && frame.message.id === rpcId)).toHaveLength(1);
  });

  it.each(["null-result", "text-error", "claims-to-have-exited", "stop-reason-with-nul"])("by %s has its prompt failed, and gets the next one", async (behaviour) => {
    const session = await started();
    const rpcId = await api.send(session.id, behaviour);
    expect((await session.follower.terminal(rpcId)).message).toMatchObject({ error: { data: { kind: "agent_error" } } });
    await ended(session);
  });

  it("by writing more than its journal holds is read to the end", async () => {
    const session = await started();
    const rpcId = await api.send(session.id, "more-than-the-journal-holds");
    expect((await session.follower.terminal(rpcId)).message).toMatchObject({ result: { stopReason: "end_turn" } });
    expect(said(session.follower.frames, rpcId)).toHaveLength(1500 * 60_000);
    await ended(session);
  });

  it("that is stopped by a signal in its turn is noticed and replaced", async () => {
    const id = await api.session();
    const follower = new Follower(api, id);
    const rpcId = await api.send(id, "/hang");
    await follower.until((frame) => frame.message.method === "_agent_sdk/prompt_started");
    const ref = String((await api.call("GET", `/sessions/${id}`))["sandbox_ref"]);
    const agent = (await sandboxesOf(workspace.home)).find((sandbox) => sandbox.ref === ref)?.agents[0];
    process.kill(agent ?? 0, "SIGSTOP");
    expect((await follower.terminal(rpcId)).message).toMatchObject({ error: { data: { kind: "sandbox_unreachable" } } });
    await ended({ id, follower });
  });

  it("whose model is refused is not left behind, and its conversation goes on", async () => {
    const session = await started();
    await session.follower.terminal(await api.send(session.id, "remember"));
    const ref = String((await api.call("GET", `/sessions/${session.id}`))["sandbox_ref"]);
    const agents = async (): Promise<readonly number[] | undefined> => (await sandboxesOf(workspace.home)).find((sandbox) => sandbox.ref === ref)?.agents;
    const before = await agents();
    for (let time = 0; time < 3; time += 1) {
      const rpcId = await api.send(session.id, "hello", { model: "nonsense" });
      expect((await session.follower.terminal(rpcId)).message).toMatchObject({ error: { data: { kind: "agent_error" } } });
    }
    expect(await agents()).toEqual(before);
    const seen = await api.send(session.id, "seen");
    await session.follower.terminal(seen);
    expect(said(session.follower.frames, seen)).toBe('["remember"]');
    await ended(session);
  });
});
