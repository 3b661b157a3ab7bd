import { describe, expect, it } from "vitest";
import { Api, Follower, counted, range } from "./support/api.ts";
import { type DatabaseKind, testDatabase } from "./support/databases.ts";
import { ServerProcess } from "./support/server-process.ts";
import { Workspace } from "./support/workspace.ts";

const updates = 2000;

describe.each(["pglite", "postgres"] satisfies DatabaseKind[])("a server killed in the middle of a turn, on %s", (kind) => {
  it("is restarted, and an open client ends with every update once, in order, and the terminal frame", async () => {
    await using workspace = await Workspace.create();
    await using database = await testDatabase(kind);
    const options = { home: workspace.home, databaseUrl: database.url };
    let server = await ServerProcess.start(options);
    const { port } = server;
    const api = new Api(server.url);
    const id = await api.session();
    const follower = new Follower(api, id);
    const rpcId = await api.send(id, `/emit count=${updates} rate=1000`);
    await follower.until((frame) => counted([frame], rpcId)[0] === 400);
    await server.kill("SIGKILL");
    server = await ServerProcess.start({ ...options, port });
    await follower.until((frame) => counted([frame], rpcId)[0] === 1200);
    await server.kill("SIGKILL");
    server = await ServerProcess.start({ ...options, port });
    const terminal = await follower.terminal(rpcId);
    await follower.stop();

    expect(terminal.message).toMatchObject({ result: { stopReason: "end_turn" } });
    expect(counted(follower.frames, rpcId)).toEqual(range(1, updates));
    expect(follower.seqs).toEqual(range(1, follower.seqs.length));
    expect(follower.frames.filter((frame) => frame.message.id === rpcId && frame.message.method === undefined)).toHaveLength(1);
    await api.call("DELETE", `/sessions/${id}`);
    await server.kill("SIGTERM");
  });
});

it("drains on SIGTERM: streams get a goodbye with a position, the turn goes on in its sandbox, and the next server has all of it", async () => {
  await using workspace = await Workspace.create();
  const server = await ServerProcess.start({ home: workspace.home });
  const api = new Api(server.url);
  const id = await api.session();
  const rpcId = await api.send(id, `/emit count=${updates} rate=1000`);
  const frames = Array.fromAsync(api.frames(id, { after: 0 }));
  await new Promise((resolve) => setTimeout(resolve, 300));
  await server.kill("SIGTERM");
  const goodbye = (await frames).at(-1);
  expect(goodbye).toMatchObject({ id: null, message: { method: "_agent_sdk/goodbye", params: { reason: "draining" } } });

  await using next = await ServerProcess.start({ home: workspace.home });
  const again = new Api(next.url);
  const follower = new Follower(again, id);
  await follower.terminal(rpcId);
  await follower.stop();
  expect(counted(follower.frames, rpcId)).toEqual(range(1, updates));
  await again.call("DELETE", `/sessions/${id}`);
});

it("refuses a second server on the same embedded database with a clear sentence, and starts after a kill -9", async () => {
  await using workspace = await Workspace.create();
  await using first = await ServerProcess.start({ home: workspace.home });
  await expect(ServerProcess.start({ home: workspace.home })).rejects.toThrow(new RegExp(`error: .*${first.pid}`));
  await first.kill("SIGKILL");
  await using second = await ServerProcess.start({ home: workspace.home });
  expect(await new Api(second.url).call("GET", "/health")).toMatchObject({ status: "ok" });
});
