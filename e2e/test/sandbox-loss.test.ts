import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Api, Follower, counted, eventually, range, said } from "./support/api.ts";
import { sandboxesOf } from "./support/processes.ts";
import { ServerProcess } from "./support/server-process.ts";
import { Workspace } from "./support/workspace.ts";

/** The processes of one sandbox: the supervisor, and the agent below it. */
async function sandboxProcesses(home: string, ref: string): Promise<{ readonly supervisor: number; readonly agent: number }> {
  return eventually(async () => {
    const found = (await sandboxesOf(home)).find((sandbox) => sandbox.ref === ref);
    const agent = found?.agents[0];
    return found && agent !== undefined ? { supervisor: found.supervisor, agent } : null;
  });
}

describe("a lost sandbox", () => {
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

  async function running(fields: Record<string, unknown> = {}): Promise<{ id: string; rpcId: string; follower: Follower; supervisor: number; agent: number }> {
    const id = await api.session();
    const follower = new Follower(api, id);
    await follower.terminal(await api.send(id, "the first message"));
    const rpcId = await api.send(id, "/emit count=400 rate=100", fields);
    await follower.until((frame) => counted([frame], rpcId)[0] === 20);
    const ref = String((await api.call("GET", `/sessions/${id}`))["sandbox_ref"]);
    return { id, rpcId, follower, ...(await sandboxProcesses(workspace.home, ref)) };
  }

  async function remembers(id: string, follower: Follower): Promise<void> {
    const recall = await api.send(id, "/recall");
    const terminal = await follower.terminal(recall);
    expect(terminal.message).toMatchObject({ result: { stopReason: "end_turn" } });
    expect(said(follower.frames, recall)).toContain("the first message");
    await follower.stop();
    expect(follower.seqs).toEqual(range(1, follower.seqs.length));
    expect(follower.goodbyes).toEqual([]);
    await api.call("DELETE", `/sessions/${id}`);
  }

  it.each(["agent", "supervisor"] as const)("by kill -9 of the %s ends the turn with a kind, and the next message works and remembers", async (victim) => {
    const { id, rpcId, follower, ...pids } = await running();
    process.kill(pids[victim], "SIGKILL");
    const terminal = await follower.terminal(rpcId);
    expect(terminal.message.error?.data?.kind).toBe("sandbox_process_died");
    await remembers(id, follower);
  });

  it.each(["agent", "supervisor"] as const)("by kill -9 of the %s is driven once more where that was asked for, and says so", async (victim) => {
    const { id, rpcId, follower, ...pids } = await running({ on_sandbox_loss: "retry" });
    process.kill(pids[victim], "SIGKILL");
    const retried = await follower.until((frame) => frame.message.method === "_agent_sdk/sandbox_changed" && frame.message.params?.["retry"] === true);
    expect(retried.event).toBe(`rpc:${rpcId}`);
    const terminal = await follower.terminal(rpcId);
    expect(terminal.message).toMatchObject({ result: { stopReason: "end_turn" } });
    const numbers = counted(follower.frames, rpcId);
    expect(numbers.slice(-400)).toEqual(range(1, 400));
    expect(numbers.slice(0, -400)).toEqual(range(1, numbers.length - 400));
    await remembers(id, follower);
  });

  it("by SIGSTOP of the supervisor is noticed and replaced", async () => {
    const { id, rpcId, follower, supervisor } = await running();
    process.kill(supervisor, "SIGSTOP");
    const terminal = await follower.terminal(rpcId);
    expect(terminal.message.error?.data?.kind).toBe("sandbox_unreachable");
    await remembers(id, follower);
  });

  it("while nothing runs is noticed, and the next message works and remembers", async () => {
    const { id, rpcId, follower, supervisor } = await running();
    await follower.terminal(rpcId);
    process.kill(supervisor, "SIGKILL");
    await remembers(id, follower);
  });

  it("that a file was written in before has the file afterwards: HOME is on the volume", async () => {
    const { id, rpcId, follower, supervisor } = await running();
    await api.call("POST", `/sessions/${id}/files/edit`, { path: "kept.txt", content: "kept" });
    process.kill(supervisor, "SIGKILL");
    await follower.terminal(rpcId);
    expect(await api.call("POST", `/sessions/${id}/sandbox/exec`, { command: "cat kept.txt" })).toMatchObject({ stdout: "kept", exit_code: 0 });
    await remembers(id, follower);
  });
});
